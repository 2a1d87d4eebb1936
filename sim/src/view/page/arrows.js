// Messages as arrows, with their kinds beside them where there is room.
'use strict';

Object.assign(Painter.prototype, {
  /** An arrow for each message; one that is lost ends, crossed, where it was lost. */
  messages(list) {
    const { context } = this;
    const seen = list.length > MANY && this.visible(list);
    if (seen && seen.length > CROWD) return this.crowd(seen);
    context.globalAlpha = list.length > MANY ? 0.45 : 1;
    for (const of of seen || list) {
      const [a, b] = this.ends(of);
      if (a !== null && b !== null) this.arrow(of, this.x(this.run.messages.sent[of]), a, b, list.length <= MANY);
    }
    context.globalAlpha = 1;
    return undefined;
  },

  /** The kinds of messages, beside their arrows, where there are few and room. */
  messageNames(list) {
    const { context, colours, run } = this;
    if (list.length > MANY || this.lanes.height < 18) return;
    const taken = [];
    context.font = '11px system-ui, sans-serif';
    context.lineWidth = 3;
    for (const of of list) {
      const [a, b] = this.ends(of);
      const text = run.strings[run.messages.kind[of]];
      if (a === null || b === null || run.messages.lost[of] >= 0 && b === a) continue;
      const wide = context.measureText(text).width;
      const [from, to] = [this.x(run.messages.sent[of]), run.messages.end[of] < 0 ? this.width : this.x(run.messages.end[of])];
      const places = [0.5, 0.35, 0.65, 0.2, 0.8].flatMap((share) => {
        const [x, y] = [from + (to - from) * share, a + (b - a) * share + 4];
        return [[x + 5, y], [x - wide - 5, y]];
      });
      const place = places.find(([x, y]) => x >= GUTTER && x + wide < this.width && y > HEAD + 8 && !this.isOnBars(y)
        && taken.every(([left, top, right]) => x > right || x + wide < left || Math.abs(y - top) > 13));
      if (!place) continue;
      const [x, y] = place;
      taken.push([x, y, x + wide + 4]);
      context.strokeStyle = colours.ground;
      context.strokeText(text, x, y);
      context.fillStyle = run.messages.lost[of] >= 0 ? colours.bad : run.messages.reply[of] ? colours.reply : colours.message;
      context.fillText(text, x, y);
    }
    context.lineWidth = 1;
  },

  /** Whether a line of text there would hide the bars of a lane. */
  isOnBars(y) {
    const { lanes } = this;
    const within = (y - HEAD + lanes.scroll) % lanes.height;
    return lanes.height > 48 && within > lanes.height * 0.16 - 2 && within < lanes.height * 0.16 + 23;
  },

  ends(of) {
    const { from, to } = this.run.messages;
    return [this.lanes.middle(from[of]), this.lanes.middle(to[of])];
  },

  /** The messages whose arrows cross the canvas. */
  visible(list) {
    return list.filter((of) => {
      const [a, b] = this.ends(of);
      return a !== null && b !== null && Math.max(a, b) > HEAD && Math.min(a, b) < this.height;
    });
  },

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
  },

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
  },

  arrowHead(fromX, fromY, x, y) {
    const { context } = this;
    const angle = Math.atan2(y - fromY, x - fromX);
    context.fillStyle = context.strokeStyle;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x - 7 * Math.cos(angle - 0.35), y - 7 * Math.sin(angle - 0.35));
    context.lineTo(x - 7 * Math.cos(angle + 0.35), y - 7 * Math.sin(angle + 0.35));
    context.fill();
  },
});
