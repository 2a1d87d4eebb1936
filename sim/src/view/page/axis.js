// Where a fact stands from left to right, and which part of the run is in the window.
//
// There are two axes. With `steps` every step has one unit, its facts share it, and a quiet
// stretch is collapsed to a gap that is marked. With `time` a microsecond is a unit.
// Two runs side by side share the axis of steps: what is the same step in both stands at the
// same place.
'use strict';

/** A gap is as wide as so many steps. */
const GAP = 3;
/** Time is quiet if nothing happens for so many times the usual pause. */
const QUIET = 40;

class Axis {
  /** @param {Run} run @param {?Float64Array} columns the unit of each step, if another run shares the axis */
  constructor(run, columns) {
    this.run = run;
    this.columns = columns;
    this.setMode('steps');
    this.whole();
  }

  setMode(mode) {
    this.mode = mode;
    this.gaps = [];
    this.position = mode === 'time' ? this.byTime() : this.bySteps();
    const last = this.position.length ? this.position[this.position.length - 1] : 0;
    this.length = Math.max(last, 0) + (mode === 'time' ? Math.max(last * 0.01, 1) : 1);
  }

  bySteps() {
    const { run } = this;
    const quiet = Math.max(QUIET * usualPause(run), 1000);
    const position = new Float64Array(run.size);
    let unit = -1;
    for (let first = 0; first < run.size;) {
      const next = run.firstOf(run.step[first] + 1);
      const pause = first > 0 ? run.at[first] - run.at[first - 1] : 0;
      unit += 1;
      if (this.columns) {
        unit = this.columns[run.step[first]];
      } else if (pause > quiet) {
        this.gaps.push({ from: unit, to: unit + GAP, pause });
        unit += GAP;
      }
      for (let fact = first; fact < next; fact++) position[fact] = unit + (0.9 * (fact - first)) / (next - first);
      first = next;
    }
    return position;
  }

  byTime() {
    const { run } = this;
    const position = new Float64Array(run.size);
    let last = 0;
    for (let first = 0; first < run.size;) {
      const next = run.firstOf(run.step[first] + 1);
      for (let fact = first; fact < next; fact++) {
        // Steps of the same microsecond stand behind each other all the same.
        last = Math.max(last + 1e-6, run.at[fact] + (0.9 * (fact - first)) / (next - first));
        position[fact] = last;
      }
      first = next;
    }
    return position;
  }

  whole() {
    this.left = 0;
    this.right = this.length;
  }

  /** Shows [left, right], as far as there is something. */
  show(left, right) {
    const width = Math.min(Math.max(right - left, this.mode === 'time' ? 1 : 0.5), this.length);
    this.left = Math.min(Math.max(left, 0), Math.max(this.length - width, 0));
    this.right = this.left + width;
  }

  zoom(factor, around) {
    this.show(around - (around - this.left) * factor, around + (this.right - around) * factor);
  }

  pan(by) {
    this.show(this.left + by, this.right + by);
  }

  /** Moves the window as little as needed for a fact to be well inside it. */
  reveal(fact) {
    const width = this.right - this.left;
    const at = this.position[fact];
    const margin = width * 0.12;
    if (at < this.left + margin) this.show(at - margin, at - margin + width);
    else if (at > this.right - margin) this.show(at + margin - width, at + margin);
  }

  /** Shows a fact with some others around it. */
  focus(fact, units) {
    const width = this.mode === 'time' ? units * Math.max(usualPause(this.run), 1) : units;
    this.show(this.position[fact] - width / 2, this.position[fact] + width / 2);
  }

  /** The first fact at or right of a place on the axis. */
  factAt(place) {
    return Math.min(lowerBound(this.position, place), this.run.size - 1);
  }
}

/** How long it takes from one step to the next: the median. */
function usualPause(run) {
  if (run.pause === undefined) {
    const pauses = new Float64Array(run.size);
    let many = 0;
    for (let fact = 1; fact < run.size; fact++) {
      if (run.step[fact] !== run.step[fact - 1]) pauses[many++] = run.at[fact] - run.at[fact - 1];
    }
    run.pause = many ? pauses.subarray(0, many).sort()[many >> 1] : 1;
  }
  return run.pause;
}

/**
 * One axis for two runs: the unit of each step of either. Steps that are the same thing share
 * a unit, as long as they come in the same order.
 * @param {Array<[number, number]>} partners steps of both that are the same, by the first run's order
 */
function sharedColumns(a, b, partners) {
  const last = (run) => (run.size ? run.step[run.size - 1] : 0);
  const columns = [new Float64Array(last(a) + 1), new Float64Array(last(b) + 1)];
  let [unit, inA, inB] = [0, 0, 0];
  for (const [stepA, stepB] of [...partners, [last(a) + 1, last(b) + 1]]) {
    if (stepB < inB) continue;
    while (inA < stepA) columns[0][inA++] = unit++;
    while (inB < stepB) columns[1][inB++] = unit++;
    if (stepA <= last(a)) {
      columns[0][inA++] = unit;
      columns[1][inB++] = unit++;
    }
  }
  return columns;
}
