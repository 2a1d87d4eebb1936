// One run on the screen: two canvases, one above the other. The lower has the picture and is
// painted anew only when the window or the filter changes; the upper has the cursor.
'use strict';

class View {
  constructor(run, parent, columns = null) {
    this.run = run;
    this.axis = new Axis(run, columns);
    this.lanes = new Lanes(run);
    this.filter = new Filter(run);
    this.box = element('div', { class: 'view' });
    this.base = element('canvas');
    this.over = element('canvas', { class: 'over' });
    this.box.append(this.base, this.over);
    parent.append(this.box);
    this.alone = null;
    this.divergence = -1;
    this.isStale = true;
  }

  // Both look at the whole run, and few readers need them at once.
  get causes() { return this.lasting('causes', Causes); }

  get branch() { return this.lasting('branch', Branch); }

  lasting(name, Type) {
    this.made ??= {};
    return this.made[name] ??= new Type(this.run);
  }

  resize() {
    const { clientWidth, clientHeight } = this.box;
    const ratio = window.devicePixelRatio || 1;
    for (const canvas of [this.base, this.over]) {
      canvas.width = clientWidth * ratio;
      canvas.height = clientHeight * ratio;
      canvas.getContext('2d').setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    [this.width, this.height] = [clientWidth, clientHeight];
    this.lanes.fit(this.height);
    this.isStale = true;
  }

  painter(canvas) {
    const { run, axis, lanes, width, height } = this;
    const painter = new Painter(canvas.getContext('2d'), run, axis, lanes, width, height, this.colours);
    painter.filter = this.filter;
    return painter;
  }

  /** @param {{cursor: number, lane: number, chain: ?object}} shown */
  draw({ cursor, lane, chain }) {
    if (this.isStale) {
      this.colours = palette();
      this.painter(this.base).whole();
      this.isStale = false;
    }
    this.base.classList.toggle('faded', Boolean(chain));
    const painter = this.painter(this.over);
    painter.context.clearRect(0, 0, this.width, this.height);
    if (this.alone) painter.differences(this.alone, this.divergence);
    if (chain) painter.causes(chain);
    if (cursor >= 0) painter.highlight(cursor);
    painter.names(lane);
    if (cursor >= 0) painter.cursor(cursor);
  }

  /** The fact that is meant by a place on the canvas; -1 if none is near. */
  factAt(x, y) {
    if (x < GUTTER) return -1;
    const place = this.axis.left + ((x - GUTTER) * (this.axis.right - this.axis.left)) / (this.width - GUTTER);
    const lane = this.lanes.at(y);
    if (lane < 0) return y < 20 ? this.nearestOf(this.run.data.notes, place) : this.nearestOf(this.flags(), place);
    return this.lanes.nearest(lane, place, this.axis.position) ?? -1;
  }

  flags() {
    return [...this.run.data.faults.map(([at]) => at), ...this.run.data.objections].sort((a, b) => a - b);
  }

  nearestOf(facts, place) {
    const distance = (fact) => Math.abs(this.axis.position[fact] - place);
    return facts.reduce((best, fact) => (best < 0 || distance(fact) < distance(best) ? fact : best), -1);
  }
}

/** An element with attributes and content. */
function element(name, attributes = {}, ...content) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (value !== false) made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...content.filter((part) => part !== null && part !== undefined));
  return made;
}
