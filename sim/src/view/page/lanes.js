// Which lanes are shown, how high they are, and where in them things are drawn.
'use strict';

/** Heights in pixels: of the tracks above the lanes, and the least and the most of a lane. */
const HEAD = 108;
const LEAST = 15;
const MOST = 116;
/** Width of the names on the left. */
const GUTTER = 236;
/** Transactions that overlap stand in so many rows at most. */
const ROWS = 4;

class Lanes {
  constructor(run) {
    this.run = run;
    this.facts = factsByLane(run);
    this.rowOf = rowsOfTransactions(run);
    this.scroll = 0;
    this.fitted = new Map();
    this.shown = run.lanes.map((_, lane) => lane);
    this.place();
  }

  /** Shows these lanes only, in the order of the run. */
  choose(lanes) {
    this.shown = lanes;
    this.place();
  }

  place() {
    this.rank = new Int32Array(this.run.lanes.length).fill(-1);
    this.shown.forEach((lane, rank) => { this.rank[lane] = rank; });
  }

  /** Fits the lanes into so many pixels; what does not fit is scrolled to. */
  fit(height) {
    const room = height - HEAD;
    this.height = Math.max(LEAST, Math.min(MOST, Math.floor(room / Math.max(1, this.shown.length))));
    this.most = Math.max(0, this.shown.length * this.height - room);
    this.scroll = Math.min(Math.max(this.scroll, 0), this.most);
  }

  /** Scrolls as little as needed to show a lane. */
  reveal(lane, height) {
    if (lane < 0 || this.rank[lane] < 0) return;
    const top = this.rank[lane] * this.height;
    const room = height - HEAD;
    if (top < this.scroll) this.scroll = top;
    else if (top + this.height > this.scroll + room) this.scroll = top + this.height - room;
  }

  /** The upper edge of a lane; `null` if it is not shown. */
  top(lane) {
    return lane < 0 || this.rank[lane] < 0 ? null : HEAD + this.rank[lane] * this.height - this.scroll;
  }

  /** The line of a lane at which messages begin and end. */
  middle(lane) {
    const top = this.top(lane);
    return top === null ? null : top + this.height / 2;
  }

  /** Where the bar of a transaction stands: upper edge and height. */
  bar(of) {
    const { transactions } = this.run;
    const top = this.top(transactions.lane[of]);
    if (top === null) return null;
    const rows = this.height >= 40 ? ROWS : this.height >= 24 ? 2 : 1;
    const thick = Math.min(13, (this.height * 0.62) / rows);
    const row = this.rowOf[of] % rows;
    return { y: top + this.height * 0.16 + row * (thick + 1), thick };
  }

  at(y) {
    const rank = Math.floor((y - HEAD + this.scroll) / this.height);
    return y < HEAD || rank >= this.shown.length ? -1 : this.shown[rank];
  }

  /** The fact of a lane that is nearest to a place on the axis. */
  nearest(lane, place, position) {
    const facts = this.facts[lane];
    let low = 0;
    let high = facts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (position[facts[middle]] < place) low = middle + 1;
      else high = middle;
    }
    const [before, after] = [facts[low - 1], facts[low]];
    if (before === undefined) return after;
    return after === undefined || place - position[before] <= position[after] - place ? before : after;
  }
}

function factsByLane(run) {
  const facts = run.lanes.map(() => []);
  for (let fact = 0; fact < run.size; fact++) if (run.lane[fact] >= 0) facts[run.lane[fact]].push(fact);
  return facts;
}

/** For each transaction the lowest row of its lane that is free when it begins. */
function rowsOfTransactions(run) {
  const { lane, start, end } = run.transactions;
  const busy = run.lanes.map(() => new Float64Array(ROWS).fill(-1));
  const rows = new Uint8Array(start.length);
  for (let of = 0; of < start.length; of++) {
    const until = busy[lane[of]];
    const free = until.findIndex((busyUntil) => busyUntil < start[of]);
    rows[of] = free < 0 ? ROWS - 1 : free;
    until[rows[of]] = end[of] < 0 ? Infinity : end[of];
  }
  return rows;
}
