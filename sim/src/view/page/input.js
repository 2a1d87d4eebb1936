// Keys, buttons and the mouse.
'use strict';

/** Moves to the next step, or to the one before, that the filter shows. */
function byStep(app, direction) {
  const { run, cursor, view } = app;
  const step = run.step[cursor];
  const found = view.filter.next(cursor, direction, (fact) => run.step[fact] !== step);
  app.go(direction > 0 || found === cursor ? found : Math.max(run.firstOf(run.step[found]), 0));
}

function byLane(app, direction) {
  const { run, lane, cursor, view } = app;
  app.go(view.filter.next(cursor, direction, (fact) => run.lane[fact] === lane && run.step[fact] !== run.step[cursor]));
}

/** Moves to the lane above or below, to what happened there last. */
function toLane(app, direction) {
  const { shown, facts } = app.view.lanes;
  const rank = shown.indexOf(app.lane);
  const lane = shown[rank < 0 ? 0 : Math.min(Math.max(rank + direction, 0), shown.length - 1)];
  app.lane = lane;
  app.go(facts[lane][Math.max(upTo(facts[lane], app.cursor), 0)] ?? app.cursor);
}

function among(app, facts, direction) {
  const sorted = [...facts].sort((a, b) => a - b);
  const found = direction > 0 ? sorted.find((fact) => fact > app.cursor) : sorted.findLast((fact) => fact < app.cursor);
  if (found === undefined) app.say('no more');
  else app.go(found);
}

const faults = (app) => app.run.data.faults.map(([at]) => at);
const zoom = (app, factor, around) => { app.view.axis.zoom(factor, around); app.repaint(); };
const effect = (app) => {
  const { run, cursor } = app;
  for (let fact = cursor + 1; fact < run.size; fact++) if (run.cause[fact] === run.step[cursor] && run.step[fact] > run.step[cursor]) return app.go(fact);
  return app.say('nothing followed');
};

/** Every key: what it says in the help, and what it does. */
const KEYS = {
  ArrowRight: { help: '→ next step', act: (app) => byStep(app, 1) },
  ArrowLeft: { help: '← previous step', act: (app) => byStep(app, -1) },
  ArrowDown: { help: '↓ next step on this lane', act: (app) => byLane(app, 1) },
  ArrowUp: { help: '↑ previous step on this lane', act: (app) => byLane(app, -1) },
  '[': { help: '[ the lane above', act: (app) => toLane(app, -1) },
  ']': { help: '] the lane below', act: (app) => toLane(app, 1) },
  Home: { help: 'Home first step', act: (app) => app.go(0) },
  End: { help: 'End last step', act: (app) => app.go(app.run.size - 1) },
  '.': { help: '. next fact', act: (app) => app.go(app.view.filter.next(app.cursor, 1)) },
  ',': { help: ', previous fact', act: (app) => app.go(app.view.filter.next(app.cursor, -1)) },
  c: { help: 'c its cause', act: (app) => app.go(app.view.causes.before(app.cursor)) },
  e: { help: 'e its first effect', act: effect },
  f: { help: 'f next fault', act: (app) => among(app, faults(app), 1) },
  F: { help: 'F previous fault', act: (app) => among(app, faults(app), -1) },
  o: { help: 'o next objection', act: (app) => among(app, app.run.data.objections, 1) },
  d: { help: 'd first difference of two runs', act: (app) => app.go(app.view.divergence) },
  a: { help: 'a what led here, all else faded', act: (app) => app.toggleCauses() },
  ' ': { help: 'space play', act: (app) => app.togglePlay() },
  '+': { help: '+ zoom in', act: (app) => zoom(app, 0.5, app.view.axis.position[app.cursor]) },
  '-': { help: '- zoom out', act: (app) => zoom(app, 2, app.view.axis.position[app.cursor]) },
  z: { help: 'z zoom to this event', act: (app) => { app.view.axis.focus(app.cursor, 16); app.repaint(); } },
  0: { help: '0 the whole run', act: (app) => { app.view.axis.whole(); app.repaint(); } },
  t: { help: 't axis of time, or of steps with quiet stretches collapsed', act: (app) => app.setMode(app.view.axis.mode === 'time' ? 'steps' : 'time') },
  l: { help: 'l only lanes busy in the window', act: (app) => app.toggleQuietLanes() },
  s: { help: 's only this tablet', act: (app) => app.filterBy({ lane: app.view.filter.lane < 0 ? app.lane : -1 }) },
  x: { help: 'x clear filters', act: (app) => app.filterBy({ lane: -1, operation: -1, kind: '' }) },
  g: { help: 'g go to a step', act: () => document.getElementById('step').focus() },
  '/': { help: '/ search, then Enter for the next', act: () => document.getElementById('search').focus() },
  '?': { help: '? this help', act: () => document.getElementById('help').toggleAttribute('open') },
  Escape: { help: 'Esc leave', act: () => document.getElementById('help').removeAttribute('open') },
};

function listenToKeys(app) {
  document.getElementById('keys').append(...Object.values(KEYS).map(({ help }) => element('div', {}, help)));
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|SELECT)$/.test(event.target.tagName)) {
      if (event.key === 'Escape') event.target.blur();
      return;
    }
    if (event.key === ' ' && /^(BUTTON|SUMMARY)$/.test(event.target.tagName)) return;
    const key = KEYS[event.key === '=' ? '+' : event.key];
    if (!key) return;
    event.preventDefault();
    key.act(app);
  });
  const on = (id, type, act) => document.getElementById(id).addEventListener(type, act);
  on('tablet', 'change', ({ target }) => app.filterBy({ lane: app.run.lanes.findIndex(({ name }) => name === target.value) }));
  on('operation', 'change', ({ target }) => app.filterBy({ operation: target.value === '' ? -1 : Number(target.value) }));
  on('kind', 'change', ({ target }) => app.filterBy({ kind: target.value }));
  on('search', 'keydown', (event) => event.key === 'Enter' && app.search(event.shiftKey ? -1 : 1));
  on('step', 'keydown', (event) => event.key === 'Enter' && (app.jump(event.target.value), event.target.blur()));
  on('play', 'click', () => app.togglePlay());
  on('busy', 'click', () => app.toggleQuietLanes());
  on('mode', 'click', () => KEYS.t.act(app));
  on('helped', 'click', () => KEYS['?'].act(app));
}

/** Dragging moves the window, the wheel zooms, a click puts the cursor. */
function listenToMouse(app) {
  let drag = null;
  const viewOf = (event) => app.views.find((view) => view.box.contains(event.target));
  app.box.addEventListener('pointerdown', (event) => {
    drag = { x: event.clientX, y: event.clientY, isMoved: false, view: viewOf(event) };
  });
  window.addEventListener('pointermove', (event) => {
    if (!drag?.view) return hover(app, event, viewOf(event));
    const { axis, lanes, width } = drag.view;
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.isMoved && Math.hypot(dx, dy) < 4) return undefined;
    axis.pan((-dx * (axis.right - axis.left)) / (width - GUTTER));
    lanes.scroll = Math.min(Math.max(lanes.scroll - dy, 0), lanes.most);
    if (drag.view !== app.view) app.view.axis.show(axis.left, axis.right);
    Object.assign(drag, { x: event.clientX, y: event.clientY, isMoved: true });
    return app.repaint();
  });
  app.panel.box.addEventListener('pointerdown', () => { app.isPanelHeld = true; });
  for (const end of ['pointerup', 'pointercancel']) {
    window.addEventListener(end, () => {
      if (!app.isPanelHeld) return;
      app.isPanelHeld = false;
      app.refresh(false);
    });
  }
  window.addEventListener('pointerup', (event) => {
    if (drag?.view && !drag.isMoved) click(app, event, drag.view);
    drag = null;
  });
  app.box.addEventListener('wheel', (event) => {
    event.preventDefault();
    const view = viewOf(event);
    const { axis, lanes, width } = view;
    if (event.shiftKey || event.clientX - view.box.getBoundingClientRect().left < GUTTER) {
      lanes.scroll = Math.min(Math.max(lanes.scroll + event.deltaY + event.deltaX, 0), lanes.most);
      return app.repaint();
    }
    const x = event.clientX - view.box.getBoundingClientRect().left - GUTTER;
    return zoom(app, event.deltaY > 0 ? 1.25 : 0.8, axis.left + (x * (axis.right - axis.left)) / (width - GUTTER));
  }, { passive: false });
  const strip = document.getElementById('overview');
  strip.addEventListener('pointerdown', (event) => {
    const place = app.overview.place(event.clientX - strip.getBoundingClientRect().left);
    const half = (app.view.axis.right - app.view.axis.left) / 2;
    app.view.axis.show(place - half, place + half);
    app.go(app.view.axis.factAt(place));
    app.repaint();
  });
}

function placeIn(view, event) {
  const box = view.box.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function click(app, event, view) {
  const [x, y] = placeIn(view, event);
  const lane = view.lanes.at(y);
  if (x < GUTTER) {
    if (view === app.view && lane >= 0) app.lane = lane;
    return app.refresh();
  }
  const fact = view.factAt(x, y);
  if (view === app.view) return app.go(fact);
  const step = view.run.step[fact];
  const mine = app.data.partners.find((pair) => pair[1] === step);
  return mine ? app.go(app.run.firstOf(mine[0])) : app.say('only in the other run');
}

/** Says what is under the mouse. */
function hover(app, event, view) {
  const tip = document.getElementById('tip');
  const [x, y] = view ? placeIn(view, event) : [0, 0];
  const lane = view && x < GUTTER ? view.lanes.at(y) : -1;
  const fact = view ? view.factAt(x, y) : -1;
  tip.hidden = fact < 0 && lane < 0;
  if (tip.hidden) return;
  const { name, kind, holds } = view.run.lanes[lane] ?? {};
  tip.textContent = lane >= 0 ? `${name}, a ${kind ?? 'client'}${holds ? ` of ${holds}` : ''}` : `step ${view.run.step[fact]} ${view.run.who(fact)}: ${view.run.text(fact)}`;
  tip.style.left = `${Math.min(event.clientX + 14, window.innerWidth - 380)}px`;
  tip.style.top = `${event.clientY + 16}px`;
}
