// What is drawn over the lanes: changes on disk, names, the cursor, causes, differences.
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
      else context.fillRect(x - 0.5, lanes.top(lane) + lanes.height - 4, 1.5, 3);
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
      context.font = '11px system-ui, sans-serif';
      const { backup, label } = run.lanes[lane];
      context.fillText(backup, 62, middle + 4);
      const from = 62 + context.measureText(backup).width;
      context.fillText(this.fitting(label, GUTTER - from - 4), from, middle + 4);
    }
    context.restore();
    context.font = '11px system-ui, sans-serif';
    context.fillStyle = colours.faint;
    context.fillText('statements', 8, 13);
    context.fillText('operations', 8, 29);
    context.fillText('restores', 8, 43);
    context.fillText('faults, objections', 8, 57);
    context.fillText('time · step', 8, HEAD - 7);
  },

  /** As much of a text's end as there is room for; remembered, since to measure takes long. */
  fitting(text, room) {
    const { context, lanes } = this;
    const key = `${room} ${text}`;
    if (!lanes.fitted.has(key)) {
      let from = 0;
      while (from < text.length && context.measureText((from ? '…' : '') + text.slice(from)).width > room) from += 1;
      lanes.fitted.set(key, (from ? '…' : '') + text.slice(from));
    }
    return lanes.fitted.get(key);
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
    this.chip(`step ${run.step[fact]} · ${time(run.at[fact])}`, x, HEAD - 7, colours.cursor);
    const middle = lanes.middle(run.lane[fact]);
    if (middle !== null && middle > HEAD) {
      context.beginPath();
      context.arc(x, middle, 6, 0, 7);
      context.stroke();
    }
    context.lineWidth = 1;
  },

  /** A text in a box of its own, around a place. */
  chip(text, x, y, colour) {
    const { context, colours, width } = this;
    context.font = 'bold 11px system-ui, sans-serif';
    const wide = context.measureText(text).width + 10;
    const from = Math.min(Math.max(x - wide / 2, GUTTER), width - wide);
    context.fillStyle = colour;
    context.fillRect(from, y - 11, wide, 15);
    context.fillStyle = colours.ground;
    context.fillText(text, from + 5, y);
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
    this.chip('◀ the same · differs ▶', x, HEAD - 23, colours.only);
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
