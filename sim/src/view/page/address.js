// The address: after '#' it holds step, filters and window, so that a link points at a moment.
'use strict';

class Address {
  constructor(app) {
    this.app = app;
    this.isReading = false;
  }

  /** Writes the moment, once things have come to rest. */
  write() {
    if (this.isReading) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.written = `#${this.text()}`;
      history.replaceState(null, '', this.written);
    }, 150);
  }

  text() {
    const { app } = this;
    const { run, cursor, view } = app;
    const { filter, axis } = view;
    const parts = new URLSearchParams({ step: run.step[cursor] });
    const within = cursor - run.firstOf(run.step[cursor]);
    if (within > 0) parts.set('fact', within);
    if (filter.lane >= 0) parts.set('tablet', run.name(filter.lane));
    if (filter.operation >= 0) parts.set('op', filter.operation);
    if (filter.kind) parts.set('kind', filter.kind);
    if (app.isBusyOnly) parts.set('lanes', 'busy');
    if (app.chain) parts.set('causes', 1);
    if (axis.mode === 'time') parts.set('axis', 'time');
    if (axis.right - axis.left < axis.length * 0.999) parts.set('window', `${round(axis.left)}-${round(axis.right)}`);
    if (app.explorer) parts.set('path', app.explorer.path.join('; '));
    return parts.toString();
  }

  read() {
    const { app } = this;
    if (location.hash === this.written || location.hash.length < 2) return;
    const parts = new URLSearchParams(location.hash.slice(1));
    const path = parts.get('path')?.split('; ').filter(Boolean) ?? [];
    if (app.explorer && path.join() !== app.explorer.path.join()) {
      app.explorer.go(path).then((isDone) => isDone && this.read());
      return;
    }
    this.isReading = true;
    if ((parts.get('axis') ?? 'steps') !== app.view.axis.mode) app.setMode(parts.get('axis') ?? 'steps');
    app.filterBy({
      lane: app.run.lanes.findIndex(({ name }) => name === parts.get('tablet')),
      operation: parts.has('op') ? Number(parts.get('op')) : -1,
      kind: parts.get('kind') ?? '',
    });
    const window = parts.get('window')?.split('-').map(Number);
    if (window) app.view.axis.show(window[0], window[1]);
    if (parts.has('step')) app.go(Math.min(app.run.firstOf(Number(parts.get('step'))) + Number(parts.get('fact') ?? 0), app.run.size - 1));
    if (parts.get('lanes') === 'busy') app.toggleQuietLanes();
    if (parts.has('causes') !== Boolean(app.chain)) app.toggleCauses();
    this.isReading = false;
    app.repaint();
  }
}

function round(place) {
  return Number(place.toPrecision(7));
}
