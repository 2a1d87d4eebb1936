// What is drawn over the lanes and around them: changes on disk, statements, faults,
// objections, the ruler, names, the cursor, causes.
'use strict';

Object.assign(Painter.prototype, {
  /** A tick for each durable change, and for each start and end of the window's facts. */
  ticks() {
    const { context, colours, lanes, run, axis } = this;
    const durable = run.kinds.indexOf('durable');
    const last = new Int32Array(run.lanes.length).fill(-1);
    context.fillStyle = colours.mark;
    for (let fact = this.from; fact <= this.to; fact++) {
      const lane = run.lane[fact];
      if (lane < 0 || (run.kind[fact] !== durable && axis.right - axis.left > 60)) continue;
      const x = Math.round(this.x(fact));
      if (x <= last[lane]) continue;
      const middle = lanes.middle(lane);
      if (middle === null) continue;
      last[lane] = x;
      if (run.kind[fact] === durable) this.diamond(x, middle);
      else context.fillRect(x - 0.5, middle - 2, 1.5, 4);
    }
  },

  diamond(x, y) {
    const { context, lanes } = this;
    const size = lanes.height >= 28 ? 3.4 : 2;
    context.beginPath();
    context.moveTo(x, y - size);
    context.lineTo(x + size, y);
    context.lineTo(x, y + size);
    context.lineTo(x - size, y);
    context.fill();
  },

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

  ruler() {
    const { context, colours, run, axis } = this;
    context.font = '10px system-ui, sans-serif';
    context.fillStyle = colours.faint;
    let free = -1;
    for (let x = GUTTER; x < this.width - 60; x += 125) {
      const fact = axis.factAt(axis.left + (x - GUTTER) / this.scale);
      if (fact < 0 || fact <= free) continue;
      free = fact;
      const at = this.x(fact);
      context.fillRect(at, HEAD - 8, 1, 8);
      context.fillText(`${time(run.at[fact])} · ${run.step[fact]}`, at + 3, HEAD - 4);
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
    const from = x + wide <= this.width || x - wide < GUTTER ? x : x - wide;
    const row = rows.findIndex((taken) => taken.every(([left, right]) => from + wide < left || from > right));
    context.strokeStyle = colour;
    context.fillStyle = colour;
    context.setLineDash([5, 3]);
    context.beginPath();
    context.moveTo(x, 20);
    context.lineTo(x, this.height);
    context.stroke();
    context.setLineDash([]);
    context.fillRect(x - 3, 20, 6, 6);
    if (row < 0) return;
    rows[row].push([from, from + wide]);
    context.fillText(text, from + 6, 31 + 13 * row);
  },

  /** The names on the left. */
  names(selected) {
    const { context, colours, lanes, run, height } = this;
    context.fillStyle = colours.ground;
    context.fillRect(0, HEAD, GUTTER, height - HEAD);
    context.save();
    context.beginPath();
    context.rect(0, HEAD, GUTTER, height - HEAD);
    context.clip();
    for (const lane of lanes.shown) {
      const middle = lanes.middle(lane);
      if (middle < 0 || middle > height + MOST) continue;
      context.fillStyle = lane === selected ? colours.cursor : colours.text;
      context.font = `${lane === selected ? 'bold ' : ''}12px system-ui, sans-serif`;
      context.fillText(run.lanes[lane].name, 8, middle + 4);
      context.fillStyle = colours.faint;
      context.font = '10px system-ui, sans-serif';
      context.fillText(run.lanes[lane].kind ?? 'client', 64, middle + 4);
    }
    context.restore();
    context.font = '10px system-ui, sans-serif';
    context.fillStyle = colours.faint;
    context.fillText('statements', 8, 13);
    context.fillText('faults, objections', 8, 31);
    context.fillText('time · step', 8, HEAD - 4);
  },

  /** The cursor: a line, and a ring at its fact. */
  cursor(fact) {
    const { context, colours, lanes, run, height } = this;
    const x = this.x(fact);
    if (x < GUTTER || x > this.width) return;
    context.strokeStyle = colours.cursor;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(x, 18);
    context.lineTo(x, height);
    context.stroke();
    const middle = lanes.middle(run.lane[fact]);
    if (middle !== null && middle > HEAD) {
      context.beginPath();
      context.arc(x, middle, 6, 0, 7);
      context.stroke();
    }
    context.lineWidth = 1;
  },

  /** The message or transaction of the cursor's fact, drawn heavily. */
  highlight(fact) {
    const { context, run } = this;
    this.inLanes(() => {
      context.lineWidth = 2.2;
      if (run.messageOf[fact] >= 0) this.messages([run.messageOf[fact]]);
      if (run.connectionOf[fact] >= 0) this.pipes([run.connectionOf[fact]]);
      context.lineWidth = 1;
    });
  },

  /** What led to a fact: its steps, their bars, and the messages between them. */
  causes(chain) {
    this.inLanes(() => {
      const { run, context, colours, lanes } = this;
      this.transactions(chain.transactions);
      context.lineWidth = 1.8;
      this.messages(chain.messages);
      this.timers(chain.timers);
      context.fillStyle = colours.cursor;
      for (const fact of chain.facts) {
        const middle = lanes.middle(run.lane[fact]);
        if (middle !== null) this.diamond(this.x(fact), middle);
      }
      context.lineWidth = 1;
    });
    this.flags();
  },

  /** Facts that only this one of two runs has, and where the two part. */
  differences(alone, divergence) {
    const { context, colours, run, lanes } = this;
    this.inLanes(() => {
      context.fillStyle = colours.only;
      const last = new Int32Array(run.lanes.length).fill(-9);
      for (let fact = this.from; fact <= this.to; fact++) {
        const top = alone[run.step[fact]] ? lanes.top(run.lane[fact]) : null;
        const x = top === null ? 0 : Math.round(this.x(fact));
        if (top === null || x < last[run.lane[fact]] + 3) continue;
        last[run.lane[fact]] = x;
        context.fillRect(x - 1, top + 1, 3, 3);
      }
    });
    if (divergence < 0) return;
    const x = this.x(divergence);
    if (x < GUTTER || x > this.width) return;
    context.fillStyle = colours.only;
    context.fillRect(x - 1, 18, 2, this.height);
    context.font = 'bold 11px system-ui, sans-serif';
    context.textAlign = 'center';
    context.fillText('◀ the same · differs ▶', x, HEAD - 16);
    context.textAlign = 'left';
  },

  inLanes(draw) {
    const { context, width, height } = this;
    context.save();
    context.beginPath();
    context.rect(GUTTER, HEAD, width - GUTTER, height - HEAD);
    context.clip();
    draw();
    context.restore();
  },
});

/** Microseconds for people. */
function time(us) {
  if (us < 1000) return `${us} µs`;
  if (us < 1e6) return `${(us / 1000).toFixed(2)} ms`;
  if (us < 6e7) return `${(us / 1e6).toFixed(3)} s`;
  const minutes = Math.floor(us / 6e7);
  return minutes < 60 ? `${minutes} min ${((us % 6e7) / 1e6).toFixed(1)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
