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
    'bad', 'fault', 'objection', 'timer', 'pipe', 'cursor', 'mark', 'only'];
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
    this.transactions(this.within('transactions'));
    this.messages(this.within('messages'));
    this.breaks();
    this.ticks();
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
    context.font = '10px system-ui, sans-serif';
    for (const [begun, ended] of this.run.data.zones) {
      const from = this.x(begun);
      context.fillStyle = colours.zone;
      context.fillRect(from, HEAD, this.end(ended) - from, height - HEAD);
      context.fillStyle = colours.faint;
      context.fillText('faults may strike from here on', from + 4, height - 6);
    }
  }

  /** A band for each generation, hatched while it has not read its disk. */
  bands() {
    const { context, colours, lanes, run } = this;
    context.font = '10px system-ui, sans-serif';
    for (const one of run.incarnations) {
      const top = lanes.top(one.lane);
      const [from, to] = [Math.max(this.x(one.started), GUTTER), this.end(one.stopped)];
      if (top === null || to < GUTTER || from > this.width) continue;
      context.fillStyle = one.generation % 2 ? colours.band : colours.band2;
      context.fillRect(from, top + 1, Math.max(to - from, 1), lanes.height - 2);
      this.hatch(from, Math.min(this.end(one.booted), to), top);
      if (one.stopped >= 0 && !run.isDeletion(one.lane, one.stopped)) this.torn(to, top);
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

  /** The edge at which an incarnation ends. */
  torn(x, top) {
    const { context, colours, lanes } = this;
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
      const steps = Math.max(2, Math.round(Math.abs(b - a) / 7));
      context.beginPath();
      context.moveTo(x, a);
      for (let step = 1; step < steps; step++) context.lineTo(x + (step % 2 ? 2.5 : -2.5), a + ((b - a) * step) / steps);
      context.lineTo(x, b);
      context.stroke();
    }
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
      context.font = `${Math.min(10, thick)}px system-ui, sans-serif`;
      context.fillText(run.transactionName(of), Math.max(from, GUTTER) + 2, y + thick - 1.5);
      context.restore();
    }
  }

  /** An arrow for each message; one that is lost ends, crossed, where it was lost. */
  messages(list) {
    const { context } = this;
    const seen = list.length > MANY && this.visible(list);
    if (seen && seen.length > CROWD) return this.crowd(seen);
    context.globalAlpha = list.length > MANY ? 0.6 : 1;
    for (const of of seen || list) {
      const [a, b] = this.ends(of);
      if (a !== null && b !== null) this.arrow(of, this.x(this.run.messages.sent[of]), a, b, list.length <= MANY);
    }
    context.globalAlpha = 1;
    return undefined;
  }

  ends(of) {
    const { from, to } = this.run.messages;
    return [this.lanes.middle(from[of]), this.lanes.middle(to[of])];
  }

  /** The messages whose arrows cross the canvas. */
  visible(list) {
    return list.filter((of) => {
      const [a, b] = this.ends(of);
      return a !== null && b !== null && Math.max(a, b) > HEAD && Math.min(a, b) < this.height;
    });
  }

  /** Very many messages: of those that begin and end near each other one line is drawn. */
  crowd(list) {
    const { context, colours, run } = this;
    const { sent, end, lost, reply } = run.messages;
    const clamped = (y) => Math.max(HEAD, Math.min(this.height, y));
    const taken = new Set();
    const paths = { message: new Path2D(), reply: new Path2D() };
    for (const of of list) {
      const [a, b] = this.ends(of);
      const x = this.x(sent[of]);
      if (lost[of] >= 0) {
        this.arrow(of, x, a, b, false);
        continue;
      }
      const key = (x >> 2) * 16384 + (clamped(a) >> 4) * 128 + (clamped(b) >> 4);
      if (taken.has(key)) continue;
      taken.add(key);
      const path = paths[reply[of] ? 'reply' : 'message'];
      path.moveTo(x, a);
      path.lineTo(this.end(end[of]), b);
    }
    context.globalAlpha = 0.3;
    for (const [name, path] of Object.entries(paths)) {
      context.strokeStyle = colours[name];
      context.stroke(path);
    }
    context.globalAlpha = 1;
  }

  arrow(of, from, a, b, hasHead) {
    const { context, colours, run } = this;
    const { end, lost, reply } = run.messages;
    const to = end[of] < 0 ? this.width : this.x(end[of]);
    const isLost = lost[of] >= 0;
    const reach = isLost ? 0.7 : 1;
    const [x, y] = [to, a + (b - a) * reach];
    context.strokeStyle = isLost ? colours.bad : reply[of] ? colours.reply : colours.message;
    context.beginPath();
    context.moveTo(from, a);
    context.lineTo(x, y);
    context.stroke();
    if (isLost) return this.cross(x, y, 4);
    if (hasHead) this.arrowHead(from, a, x, y);
  }

  arrowHead(fromX, fromY, x, y) {
    const { context } = this;
    const angle = Math.atan2(y - fromY, x - fromX);
    context.fillStyle = context.strokeStyle;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x - 7 * Math.cos(angle - 0.35), y - 7 * Math.sin(angle - 0.35));
    context.lineTo(x - 7 * Math.cos(angle + 0.35), y - 7 * Math.sin(angle + 0.35));
    context.fill();
  }
}
