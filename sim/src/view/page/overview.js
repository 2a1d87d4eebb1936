// The whole run in a strip below: how busy it is, faults, losses, and what is in the window.
'use strict';

class Overview {
  constructor(canvas, view) {
    this.canvas = canvas;
    this.view = view;
  }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.canvas.width = this.width * ratio;
    this.canvas.height = this.height * ratio;
    this.canvas.getContext('2d').setTransform(ratio, 0, 0, ratio, 0, 0);
    this.picture = null;
  }

  x(place) { return GUTTER + (place / this.view.axis.length) * (this.width - GUTTER); }

  place(x) { return ((x - GUTTER) / (this.width - GUTTER)) * this.view.axis.length; }

  /** How many facts fall on each pixel. */
  count() {
    const busy = new Uint32Array(this.width + 1);
    const { position } = this.view.axis;
    for (const at of position) busy[Math.max(0, Math.floor(this.x(at)))] += 1;
    return busy;
  }

  draw(cursor) {
    const { view, width, height } = this;
    const colours = view.colours;
    if (!this.picture) this.picture = this.whole(colours);
    const context = this.canvas.getContext('2d');
    context.clearRect(0, 0, width, height);
    context.drawImage(this.picture, 0, 0, width, height);
    const { axis } = view;
    if (cursor >= 0) this.tick(context, cursor, colours.cursor, 1.5);
    context.strokeStyle = colours.text;
    context.strokeRect(this.x(axis.left) + 0.5, 0.5, Math.max(this.x(axis.right) - this.x(axis.left), 3) - 1, height - 1);
  }

  /** Everything but the cursor and the window, which is painted once. */
  whole(colours) {
    const picture = element('canvas', { width: this.canvas.width, height: this.canvas.height });
    const context = picture.getContext('2d');
    const ratio = this.canvas.width / this.width;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const busy = this.count();
    const most = busy.reduce((a, b) => Math.max(a, b), 1);
    context.fillStyle = colours.mark;
    busy.forEach((count, x) => {
      const tall = (Math.log1p(count) / Math.log1p(most)) * (this.height - 8);
      context.fillRect(x, this.height - tall, 1, tall);
    });
    context.fillStyle = colours.faint;
    context.font = '11px system-ui, sans-serif';
    context.fillText('whole run: click to go there', 8, 17);
    context.fillText('▯ is what is shown above', 8, 32);
    const { data, messages } = this.view.run;
    messages.lost.forEach((fact) => { if (fact >= 0) this.tick(context, fact, colours.bad, 0.6); });
    data.faults.forEach(([at]) => this.tick(context, at, colours.fault, 2.5));
    data.objections.forEach((at) => this.tick(context, at, colours.objection, 2.5));
    return picture;
  }

  tick(context, fact, colour, wide) {
    context.fillStyle = colour;
    context.fillRect(this.x(this.view.axis.position[fact]) - wide / 2, 0, wide, this.height);
  }
}
