// Things that last from one fact to another, such as messages on their way.
//
// A page of many events may not look at all of them for each picture. So every 512 facts it
// is noted which things last there; from the note on, only those that begin are looked at.
'use strict';

const NOTE_EVERY = 512;

class Spans {
  /**
   * @param {Int32Array} starts facts at which the things begin, ascending; -1 is the start
   * @param {Int32Array} ends facts at which they end; -1 if they outlast the run
   * @param {number} size how many facts there are
   */
  constructor(starts, ends, size) {
    this.starts = starts;
    this.ends = ends.map((end) => (end < 0 ? size : end));
    this.notes = [];
    let lasting = [];
    let next = 0;
    for (let fact = 0; fact <= size; fact += NOTE_EVERY) {
      while (next < starts.length && starts[next] < fact) lasting.push(next++);
      lasting = lasting.filter((of) => this.ends[of] >= fact);
      this.notes.push({ lasting: lasting.slice(), next });
    }
  }

  /** Calls `visit` with each thing that lasts somewhere in [from, to]. */
  each(from, to, visit) {
    const note = this.notes[Math.max(0, Math.min(this.notes.length - 1, Math.floor(from / NOTE_EVERY)))];
    if (!note) return;
    for (const of of note.lasting) if (this.ends[of] >= from && this.starts[of] <= to) visit(of);
    for (let of = note.next; of < this.starts.length && this.starts[of] <= to; of++) {
      if (this.ends[of] >= from) visit(of);
    }
  }

  /** The things that have begun at or before `fact` and end after it. */
  at(fact) {
    const found = [];
    this.each(fact, fact, (of) => this.ends[of] > fact && found.push(of));
    return found;
  }
}
