// The picture of a run: lanes, bands, pipes, bars, arrows, marks.
//
// Only what is in the window is looked at. Where many things fall on one pixel, the first of
// them is drawn for all.
'use strict';

/** More things than this in the window are thinned out. */
const CROWD = 3000;
/** More messages than this are drawn lightly and without heads. */
const MANY = 500;

/** Colours by name, as the style sheet has them now, in light or dark. */
function palette() {
  const style = getComputedStyle(document.documentElement);
  const names = ['ground', 'text', 'faint', 'line', 'band', 'band2', 'zone', 'wait', 'log', 'speak', 'message', 'reply',
    'bad', 'fault', 'objection', 'timer', 'pipe', 'cursor', 'mark', 'only', 'stage', 'stage2'];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

class Painter {
  constructor(context, run, axis, lanes, width, height, colours) {
    Object.assign(this, { context, run, axis, lanes, width, height, colours });
    this.scale = (width - GUTTER) / (axis.right - axis.left);
    this.from = Math.max(0, axis.factAt(axis.left) - 1);
    this.to = axis.factAt(axis.right);
  }

  /** The place of a fact in pixels. */
  x(fact) {
    return GUTTER + (this.axis.position[fact] - this.axis.left) * this.scale;
  }

  end(fact) {
    return fact < 0 ? this.width : Math.min(this.x(fact), this.width);
  }

  /** Everything. */
  whole() {
    const { context, width, height, colours } = this;
    context.fillStyle = colours.ground;
    context.fillRect(0, 0, width, height);
    context.save();
    context.beginPath();
    context.rect(GUTTER, HEAD, width - GUTTER, height - HEAD);
    context.clip();
    this.zones();
    this.bands();
    this.gaps();
    if (this.lanes.height >= 34) this.pipes(this.within('connections'));
    this.timers(this.within('timers'));
    const messages = this.within('messages');
    // Very many arrows would hide the bars.
    if (messages.length > MANY) this.messages(messages);
    this.transactions(this.within('transactions'));
    if (messages.length <= MANY) this.messages(messages);
    this.breaks();
    this.ticks();
    this.messageNames(messages);
    this.waits();
    context.restore();
    this.head();
  }

  /** The things of a kind that last in the window. */
  within(name) {
    const found = [];
    this.run.spans[name].each(this.from, this.to, (of) => this.filter[name](of) && found.push(of));
    return found;
  }

  zones() {
    const { context, colours, height } = this;
    if (!this.run.data.zones.some(([begun]) => begun > 0)) return;
    for (const [begun, ended] of this.run.data.zones) {
      const from = this.x(begun);
      context.fillStyle = colours.zone;
      context.fillRect(from, HEAD, this.end(ended) - from, height - HEAD);
    }
  }

  /** A band for each generation, hatched while it has not read its disk. */
  bands() {
    const { context, colours, lanes, run } = this;
    context.font = '11px system-ui, sans-serif';
    for (const one of run.incarnations) {
      const top = lanes.top(one.lane);
      const [from, to] = [Math.max(this.x(one.started), GUTTER), this.end(one.stopped)];
      if (top === null || to < GUTTER || from > this.width) continue;
      context.fillStyle = one.generation % 2 ? colours.band : colours.band2;
      context.fillRect(from, top + 1, Math.max(to - from, 1), lanes.height - 2);
      this.hatch(from, Math.min(this.end(one.booted), to), top);
      if (one.stopped >= 0 && !run.isDeletion(one.lane, one.stopped)) this.torn(one, to, top);
      if (lanes.height >= 24 && to - from > 46) {
        context.fillStyle = colours.faint;
        context.fillText(`g${one.generation} on n${one.node}`, from + 3, top + lanes.height - 4);
      }
    }
    context.strokeStyle = colours.line;
    context.beginPath();
    for (const lane of lanes.shown) {
      context.moveTo(GUTTER, lanes.top(lane) + 0.5);
      context.lineTo(this.width, lanes.top(lane) + 0.5);
    }
    context.stroke();
  }

  hatch(from, to, top) {
    const { context, colours, lanes } = this;
    context.strokeStyle = colours.line;
    context.beginPath();
    for (let x = Math.max(from, GUTTER); x < Math.min(to, this.width); x += 5) {
      context.moveTo(x, top + lanes.height - 2);
      context.lineTo(Math.min(x + 4, to), top + 2);
    }
    context.stroke();
  }

  /** The edge at which an incarnation ends, and the pause until the next one. */
  torn(one, x, top) {
    const { context, colours, lanes, run } = this;
    const next = run.incarnations.find(({ lane, generation }) => lane === one.lane && generation > one.generation);
    const pause = this.end(next?.started ?? -1) - x;
    if (pause > 60 && lanes.height >= 15) {
      context.fillStyle = colours.bad;
      context.fillText('down', x + pause / 2 - 12, top + lanes.height / 2 + 4);
    }
    context.strokeStyle = colours.bad;
    context.lineWidth = 1.6;
    context.beginPath();
    context.moveTo(x, top + 1);
    const steps = 6;
    for (let step = 1; step <= steps; step++) {
      context.lineTo(x + (step % 2 ? 2.5 : -2.5), top + 1 + ((lanes.height - 2) * step) / steps);
    }
    context.stroke();
    context.lineWidth = 1;
  }

  /** Where time that was quiet is left out. */
  gaps() {
    const { context, colours, axis, height } = this;
    context.fillStyle = colours.line;
    for (const gap of axis.gaps) {
      if (gap.to < axis.left || gap.from > axis.right) continue;
      const [from, to] = [gap.from, gap.to].map((unit) => GUTTER + (unit - axis.left) * this.scale);
      const width = Math.max((to - from) * 0.5, 1);
      context.globalAlpha = 0.5;
      context.fillRect((from + to) / 2, HEAD, width / 3, height - HEAD);
      context.globalAlpha = 1;
      if (width < 9 || gap.pause < 1000) continue;
      context.save();
      context.translate((from + to) / 2 + width / 6 + 4, height - 6);
      context.rotate(-Math.PI / 2);
      context.fillStyle = colours.faint;
      context.font = '11px system-ui, sans-serif';
      context.fillText(`${time(Math.round(gap.pause))} left out`, 0, 0);
      context.restore();
      context.fillStyle = colours.line;
    }
    this.gapsOfOther();
  }

  /** Where only the other of two runs has steps. */
  gapsOfOther() {
    const { context, colours, axis, run, height } = this;
    if (!axis.columns) return;
    context.strokeStyle = colours.line;
    for (let fact = Math.max(this.from, 1); fact <= this.to; fact++) {
      const [left, right] = [axis.position[fact - 1], axis.position[fact]];
      if (run.step[fact] === run.step[fact - 1] || right - left < 2.5) continue;
      const [from, to] = [this.x(fact - 1) + this.scale, this.x(fact) - this.scale / 4];
      context.beginPath();
      for (let x = from; x < to; x += 9) {
        context.moveTo(x, height);
        context.lineTo(x, HEAD);
      }
      context.stroke();
      if (to - from < 90) continue;
      context.fillStyle = colours.faint;
      context.font = '11px system-ui, sans-serif';
      context.fillText('only the other run', from + 4, HEAD + 14);
    }
  }

  /** A line at the lane of who opened it, from its connect on; it ends torn where it breaks. */
  pipes(list) {
    const { context, colours, lanes, run } = this;
    const { from, connected, broken, refused, start, end } = run.connections;
    for (const of of list) {
      const top = lanes.top(from[of]);
      if (top === null) continue;
      const y = top + lanes.height - 14 - ((of * 3) % Math.max(3, lanes.height * 0.22));
      context.strokeStyle = colours.pipe;
      context.globalAlpha = 0.75;
      context.beginPath();
      context.setLineDash(connected[of] < 0 ? [2, 3] : []);
      context.moveTo(Math.max(this.x(start[of]), GUTTER), y);
      context.lineTo(this.end(end[of]), y);
      context.stroke();
      context.setLineDash([]);
      context.globalAlpha = 1;
      if ((broken[of] >= 0 && !run.isEnding(of, broken[of])) || refused[of] >= 0) this.cross(this.end(end[of]), y, 3);
    }
  }

  cross(x, y, size) {
    const { context, colours } = this;
    context.strokeStyle = colours.bad;
    context.lineWidth = 1.8;
    context.beginPath();
    context.moveTo(x - size, y - size);
    context.lineTo(x + size, y + size);
    context.moveTo(x + size, y - size);
    context.lineTo(x - size, y + size);
    context.stroke();
    context.lineWidth = 1;
  }

  /** A zigzag between both ends of each pipe that breaks here. */
  breaks() {
    const { context, colours, lanes, run } = this;
    const { from, to, broken } = run.connections;
    context.strokeStyle = colours.bad;
    for (const of of this.within('connections')) {
      if (broken[of] < 0 || broken[of] < this.from || broken[of] > this.to || run.isEnding(of, broken[of])) continue;
      const [a, b] = [lanes.middle(from[of]), lanes.middle(to[of])];
      if (a === null || b === null) continue;
      const x = this.x(broken[of]);
      context.globalAlpha = 0.35;
      context.beginPath();
      context.moveTo(x, a);
      context.lineTo(x, b);
      context.stroke();
      context.globalAlpha = 1;
      this.zigzag(x, a, b);
      this.zigzag(x, b, a);
    }
  }

  /** The torn end of a pipe, at the lane of one of its ends. */
  zigzag(x, from, toward) {
    const { context } = this;
    const reach = Math.min(21, Math.abs(toward - from) / 2) * Math.sign(toward - from);
    context.beginPath();
    context.moveTo(x, from);
    for (let step = 1; step <= 4; step++) context.lineTo(x + (step % 2 ? 3.5 : -3.5), from + (reach * step) / 4);
    context.stroke();
  }

  /** Pending timers as dotted lines, and a small clock where they fire. */
  timers(list) {
    const { context, colours, lanes, run } = this;
    const { lane, armed, fired, end, delay, class: classes } = run.timers;
    const roomy = lanes.height >= 28 && list.length < CROWD;
    context.strokeStyle = colours.timer;
    for (const of of list) {
      const top = lanes.top(lane[of]);
      if (top === null || armed[of] < 0 || delay[of] === 0) continue;
      const y = top + lanes.height - 3;
      if (roomy && run.strings[classes[of]] === 'due') {
        context.setLineDash([1, 3]);
        context.beginPath();
        context.moveTo(Math.max(this.x(armed[of]), GUTTER), y);
        context.lineTo(this.end(end[of]), y);
        context.stroke();
        context.setLineDash([]);
      }
      if (fired[of] >= this.from && fired[of] <= this.to) this.clock(this.x(fired[of]), y - 4);
    }
  }

  clock(x, y) {
    const { context } = this;
    context.beginPath();
    context.arc(x, y, 3.2, 0, 7);
    context.moveTo(x, y - 2.4);
    context.lineTo(x, y);
    context.lineTo(x + 2, y);
    context.stroke();
  }

  /** A bar in three parts: executing, waiting for the log, speaking. */
  transactions(list) {
    const { lanes, run } = this;
    const { start, end } = run.transactions;
    const last = new Map();
    const thin = list.length > CROWD;
    for (const of of list) {
      const bar = lanes.bar(of);
      if (!bar || bar.y > this.height || bar.y + bar.thick < HEAD) continue;
      const from = this.x(start[of]);
      const to = Math.max(this.end(end[of]), from + 1.5);
      const key = run.transactions.lane[of];
      if (thin && to <= (last.get(key) ?? -1)) continue;
      last.set(key, to + 0.5);
      this.bar(of, bar, from, to);
    }
  }

  bar(of, { y, thick }, from, to) {
    const { context, colours, run } = this;
    const { exec, durable, aborted } = run.transactions;
    const executed = exec[of] < 0 ? to : this.x(exec[of]);
    const kept = durable[of] < 0 ? to : this.x(durable[of]);
    const part = (a, b, colour) => {
      context.fillStyle = colour;
      context.fillRect(a, y, Math.max(b - a, 1), thick);
    };
    part(from, executed, colours.speak);
    if (exec[of] >= 0) part(executed, kept, colours.log);
    if (durable[of] >= 0) part(kept, to, colours.speak);
    if (aborted[of] >= 0) this.cross(to, y + thick / 2, Math.min(4, thick / 2));
    if (to - from > 60 && thick >= 8) {
      context.save();
      context.beginPath();
      context.rect(from, y, to - from, thick);
      context.clip();
      context.fillStyle = colours.text;
      context.font = `${Math.min(11, thick)}px system-ui, sans-serif`;
      context.fillText(run.transactionName(of), Math.max(from, GUTTER) + 2, y + thick - 1.5);
      context.restore();
    }
  }
}
