// What is shown: one tablet, one operation, one kind of message, or everything.
'use strict';

class Filter {
  /** @param {{lane: number, operation: number, kind: string}} wanted -1 or '' is everything */
  constructor(run, { lane = -1, operation = -1, kind = '' } = {}) {
    Object.assign(this, { run, lane, operation, kind });
    this.kindPlace = kind ? run.strings.indexOf(kind) : -1;
  }

  get isOpen() { return this.lane < 0 && this.operation < 0 && !this.kind; }

  fact(fact) {
    const { run } = this;
    const message = run.messageOf[fact];
    if (this.kind && (message < 0 || !this.messages(message))) return false;
    if (this.operation >= 0 && run.operation[fact] !== this.operation) return false;
    return this.lane < 0 || run.lane[fact] === this.lane
      || (message >= 0 && (run.messages.from[message] === this.lane || run.messages.to[message] === this.lane));
  }

  messages(of) {
    const { from, to, operation, kind } = this.run.messages;
    return (this.lane < 0 || from[of] === this.lane || to[of] === this.lane)
      && (this.operation < 0 || operation[of] === this.operation)
      && (!this.kind || kind[of] === this.kindPlace);
  }

  transactions(of) {
    const { lane, operation } = this.run.transactions;
    return (this.lane < 0 || lane[of] === this.lane) && (this.operation < 0 || operation[of] === this.operation);
  }

  timers(of) { return this.lane < 0 || this.run.timers.lane[of] === this.lane; }

  connections(of) {
    const { from, to } = this.run.connections;
    return this.lane < 0 || from[of] === this.lane || to[of] === this.lane;
  }

  /** The lanes that have a part in what is shown, between two facts. */
  lanes(from, to) {
    const { run } = this;
    const isIn = new Uint8Array(run.lanes.length);
    for (let fact = from; fact <= to; fact++) {
      if (run.lane[fact] < 0 || !this.fact(fact)) continue;
      isIn[run.lane[fact]] = 1;
      const message = run.messageOf[fact];
      if (message >= 0) isIn[run.messages.from[message]] = isIn[run.messages.to[message]] = 1;
    }
    return run.lanes.map((_, lane) => lane).filter((lane) => isIn[lane]);
  }

  /** The next fact from one on that is shown and passes a test; the same one if there is none. */
  next(fact, direction, test = () => true) {
    for (let at = fact + direction; at >= 0 && at < this.run.size; at += direction) {
      if (this.fact(at) && test(at)) return at;
    }
    return fact;
  }
}
