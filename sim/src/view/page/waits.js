// What a stuck run says about who waits for whom, as arrows between lanes.
'use strict';

/** The links of the wait-for chain: who waits, for whom, and the sentence that says so. */
function waitsOf(run) {
  const links = [];
  run.data.complaints.forEach(({ details }, place) => {
    for (const line of details) {
      const [, waiter, what] = line.match(/^op\d+ at (t\d+) waits for (.*)$/) ?? [];
      if (!waiter) continue;
      const peer = what.match(/\bt\d+\b/)?.[0];
      links.push({ at: run.data.objections[place], from: laneOf(run, waiter), to: laneOf(run, peer), text: line });
    }
  });
  return links.filter(({ at, from }) => at !== undefined && from >= 0);
}

function laneOf(run, name) {
  return run.lanes.findIndex((lane) => lane.name === name);
}

Object.assign(Painter.prototype, {
  /** An arrow from each lane that waits to the one that it waits for, at the end of the run. */
  waits() {
    const { context, colours, lanes } = this;
    const taken = [];
    waitsOf(this.run).forEach(({ at, from, to, text }, place) => {
      const [a, b] = [lanes.middle(from), lanes.middle(to)];
      const x = this.x(at) - 26 - 14 * place;
      if (a === null || x < GUTTER || x > this.width) return;
      context.strokeStyle = colours.objection;
      context.lineWidth = 2.5;
      context.setLineDash([7, 4]);
      context.beginPath();
      context.moveTo(x, a);
      context.lineTo(x, b ?? a + 16);
      context.stroke();
      context.setLineDash([]);
      if (b !== null) this.arrowHead(x, a, x, b);
      context.lineWidth = 1;
      context.beginPath();
      context.arc(x, a, 4, 0, 7);
      context.fillStyle = colours.objection;
      context.fill();
      let y = (a + (b ?? a + 30)) / 2;
      while (taken.some((other) => Math.abs(other - y) < 18)) y += 18;
      taken.push(y);
      context.font = 'bold 11px system-ui, sans-serif';
      this.chip(text, x - context.measureText(text).width / 2 - 14, y, colours.objection);
    });
  },
});
