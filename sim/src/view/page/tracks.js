// The tracks above the lanes: statements, operations, restores, faults and objections, the ruler.
'use strict';

Object.assign(Painter.prototype, {
  /** The tracks above the lanes: statements, faults and objections, the ruler. */
  head() {
    const { context, colours, width } = this;
    context.fillStyle = colours.ground;
    context.fillRect(0, 0, width, HEAD);
    context.save();
    context.beginPath();
    context.rect(GUTTER, 0, width - GUTTER, this.height);
    context.clip();
    this.notes();
    this.operations();
    this.restores();
    this.zoneBar();
    this.ruler();
    this.flags();
    context.restore();
    context.strokeStyle = colours.line;
    context.strokeRect(-1, HEAD - 0.5, width + 2, 0);
  },

  notes() {
    const { context, colours, run } = this;
    context.font = '11px system-ui, sans-serif';
    let free = GUTTER;
    const notes = run.data.notes;
    const inside = notes.findLastIndex((fact) => this.x(fact) <= GUTTER);
    for (let place = Math.max(inside, 0); place < notes.length; place++) {
      const at = this.x(notes[place]);
      if (at > this.width) break;
      context.fillStyle = colours.line;
      context.fillRect(at, 2, 1, 14);
      const next = place + 1 < notes.length ? this.x(notes[place + 1]) : this.width;
      const from = Math.max(at, GUTTER);
      const room = Math.min(next, this.width) - from - 8;
      if (from < free || room < 30) continue;
      context.fillStyle = colours.text;
      free = from + this.clipped(run.text(notes[place]).replace(/^line \d+: /, ''), from + 4, 13, room) + 10;
    }
  },

  /** Writes as much of a text as there is room for; returns how wide it is. */
  clipped(text, x, y, room) {
    const { context } = this;
    const letters = Math.floor(room / 5.6);
    const shown = text.length > letters ? `${text.slice(0, Math.max(letters - 1, 1))}…` : text;
    context.fillText(shown, x, y);
    return shown.length * 5.6;
  },

  /** A bar in one of the two tracks below the statements, with as much of its name as there is room for. */
  track(row, begun, ended, text, colour) {
    const { context, colours } = this;
    const [from, to] = [Math.max(this.x(begun), GUTTER), this.end(ended)];
    if (to < GUTTER || from > this.width) return;
    const top = 19 + 14 * row;
    context.fillStyle = colour;
    context.fillRect(from, top, Math.max(to - from - 1, 1.5), 12);
    if (to - from < 24) return;
    context.fillStyle = colours.text;
    context.font = '11px system-ui, sans-serif';
    this.clipped(text, from + 3, top + 10, to - from - 4);
  },

  /** How long each operation of a SchemeShard is under way, by its row. */
  operations() {
    const { colours, run } = this;
    for (const { text, begun, ended } of operationsOf(run)) this.track(0, begun, ended, text, colours.band2);
  },

  /** Which increment a restore is at. */
  restores() {
    const { colours, run } = this;
    for (const { text, begun, ended, place } of stagesOf(run)) {
      this.track(1, begun, ended, text, place % 2 ? colours.stage2 : colours.stage);
    }
  },

  /** A bar along the lanes' upper edge where faults may strike. */
  zoneBar() {
    const { context, colours, run } = this;
    context.fillStyle = colours.fault;
    context.globalAlpha = 0.45;
    for (const [begun, ended] of run.data.zones) {
      if (begun === 0) continue;
      const from = Math.max(this.x(begun), GUTTER);
      context.fillRect(from, HEAD - 4, this.end(ended) - from, 3);
    }
    context.globalAlpha = 1;
  },

  ruler() {
    const { context, colours, run, axis } = this;
    context.font = '11px system-ui, sans-serif';
    context.fillStyle = colours.faint;
    let free = GUTTER;
    for (let x = GUTTER; x < this.width - 60; x += 20) {
      const fact = axis.factAt(axis.left + (x - GUTTER) / this.scale);
      const at = this.x(fact);
      if (at < free) continue;
      const text = `${time(run.at[fact])} · ${run.step[fact]}`;
      const wide = context.measureText(text).width;
      if (at + wide > this.width) break;
      free = at + Math.max(wide + 14, 125);
      context.fillRect(at, HEAD - 14, 1, 9);
      context.fillText(text, at + 3, HEAD - 7);
    }
  },

  /** A line through all lanes where a fault strikes, and a pin where an oracle objects. */
  flags() {
    const { run, colours } = this;
    const rows = [[], [], []];
    const flags = [...run.data.faults.map(([at, text]) => ({ at, text: `✗ ${run.strings[text]}`, colour: colours.fault })),
      ...run.data.objections.map((at) => ({ at, text: `● ${run.text(at)}`, colour: colours.objection }))];
    flags.sort((a, b) => a.at - b.at);
    flags.forEach((flag) => this.flag(flag, rows));
  },

  /** A flag's text stands in the first row that has room for it, right of its line or left. */
  flag({ at, text, colour }, rows) {
    const { context } = this;
    const x = this.x(at);
    if (x < GUTTER - 1 || x > this.width) return;
    context.font = 'bold 11px system-ui, sans-serif';
    const wide = context.measureText(text).width + 12;
    const from = x + wide <= this.width || x - wide < GUTTER ? x : x - wide - 6;
    const row = rows.findIndex((taken) => taken.every(([left, right]) => from + wide < left || from > right));
    context.strokeStyle = colour;
    context.fillStyle = colour;
    context.setLineDash([5, 3]);
    context.beginPath();
    context.moveTo(x, 47);
    context.lineTo(x, this.height);
    context.stroke();
    context.setLineDash([]);
    context.fillRect(x - 3, 46, 6, 6);
    if (row < 0) return;
    rows[row].push([from, from + wide]);
    context.fillText(text, from + 6, 57 + 13 * row);
  },
});

/** The operations of SchemeShards: from the fact at which a row says so to the one that erases it. */
function operationsOf(run) {
  if (run.underWay) return run.underWay;
  run.underWay = [];
  run.lanes.forEach(({ kind }, lane) => {
    if (kind !== 'SchemeShard') return;
    for (const [row, { at, value }] of run.rows(lane)) {
      const id = run.strings[row].match(/^Operations\[(op\d+)\]$/)?.[1];
      if (!id) continue;
      const ended = value.findIndex((one) => one < 0);
      run.underWay.push({ text: `${id} ${run.strings[value[0]].split(' ')[0]}`, begun: at[0], ended: ended < 0 ? -1 : at[ended] });
    }
  });
  return run.underWay;
}

/** What each restore is at: one stage for each part of the chain, and the end. */
function stagesOf(run) {
  if (run.stages) return run.stages;
  run.stages = [];
  for (const { lane, row, operation } of rowsOfRestores(run).states) {
    const { at, value } = run.rows(lane).get(row);
    value.forEach((one, place) => {
      const text = one < 0 ? '' : stage(run.strings[one]);
      const last = run.stages[run.stages.length - 1];
      if (last && last.operation === operation && last.text.endsWith(text) && last.ended === at[place]) {
        last.ended = at[place + 1] ?? -1;
      } else if (text) {
        run.stages.push({ operation, text: `${operation} ${text}`, begun: at[place], ended: at[place + 1] ?? -1, place: run.stages.length });
      }
    });
  }
  const isAlone = new Set(run.stages.map(({ operation }) => operation)).size === 1;
  if (isAlone) run.stages.forEach((one) => { one.text = one.text.slice(one.operation.length + 1); });
  return run.stages;
}

/** A restore's state, such as `Running incremental=2`, in people's words. */
function stage(state) {
  const [, name, increment] = state.match(/^(\S+) incremental=(\d+)/) ?? [null, state, null];
  if (!/^(Running|Waiting)/.test(name)) return name;
  const part = increment === '0' ? 'full backup' : `increment ${increment}`;
  return name === 'Running' ? part : `${part}, ${name}`;
}

/** Microseconds for people. */
function time(us) {
  if (us < 1000) return `${us} µs`;
  if (us < 1e6) return `${(us / 1000).toFixed(2)} ms`;
  if (us < 6e7) return `${(us / 1e6).toFixed(3)} s`;
  const minutes = Math.floor(us / 6e7);
  return minutes < 60 ? `${minutes} min ${((us % 6e7) / 1e6).toFixed(1)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
