// What led to a fact.
//
// Every step knows the step that put its event into the queue. From there back is one chain:
// an answer from its request, a timer from whoever armed it, a boot from the fault that killed
// the tablet. An objection names the steps that it is about; their chains belong to it.
// A step of which nothing was recorded, such as the end of a pause before a retry, stands for
// the latest step before it at the same lane.
'use strict';

class Causes {
  constructor(run) {
    this.run = run;
    this.messagesBySent = groupBySteps(run, run.messages.sent);
    this.timersByFired = groupBySteps(run, run.timers.fired);
    this.transactionsByStart = groupBySteps(run, run.transactions.start);
  }

  /** The steps that led to a fact, ascending, itself the last. */
  steps(fact) {
    const { run } = this;
    const found = new Set();
    for (let step of [run.step[fact], ...this.named(fact)]) {
      while (step > 0 && !found.has(step)) {
        found.add(step);
        const before = this.before(run.firstOf(step));
        step = before < 0 ? 0 : run.step[before];
      }
    }
    return [...found].sort((a, b) => a - b);
  }

  /** The steps that an objection names. */
  named(fact) {
    const complaint = this.run.data.complaints[this.run.data.objections.indexOf(fact)];
    const texts = complaint ? complaint.details.join(' ') : '';
    return [...texts.matchAll(/\bstep (\d+)/g)].map((match) => Number(match[1]));
  }

  /** Everything to draw and to list of what led to a fact, from the first fault on. */
  of(fact) {
    const { run } = this;
    const all = this.steps(fact);
    const faults = run.data.faults.map(([at]) => at).filter((at) => all.includes(run.step[at]));
    const steps = faults.length ? all.filter((step) => step >= run.step[faults[0]]) : all;
    const isIn = new Set(steps);
    const facts = steps.map((step) => run.firstOf(step)).concat(fact);
    const gather = (groups) => steps.flatMap((step) => groups.get(step) ?? []);
    const messages = gather(this.messagesBySent).filter((of) => (
      isIn.has(run.step[run.messages.end[of]]) && run.step[run.messages.end[of]] > run.step[run.messages.sent[of]]));
    return {
      steps, earlier: all.length - steps.length, facts, messages, faults, transactions: gather(this.transactionsByStart), timers: gather(this.timersByFired),
      beside: faults.length ? -1 : this.beside(fact, new Set(facts.map((one) => run.lane[one]))),
    };
  }

  /** The latest fault that struck one of these lanes, if no fault is in the chain itself. */
  beside(fact, lanes) {
    const names = [...lanes].map((lane) => this.run.name(lane));
    const struck = ([at, text, receipt]) => {
      const words = `${this.run.strings[text]} ${receipt >= 0 ? this.run.text(receipt) : ''}`;
      return at <= fact && names.some((name) => new RegExp(`\\b${name}\\b`).test(words));
    };
    return this.run.data.faults.findLast(struck)?.[0] ?? -1;
  }

  /** The step that caused a fact's step, as a fact; -1 if nothing did. */
  before(fact) {
    const { run } = this;
    const cause = run.cause[fact];
    if (cause <= 0) return -1;
    const first = run.firstOf(cause);
    if (run.step[first] === cause) return first;
    let at = first - 1;
    while (at >= 0 && run.lane[at] !== run.lane[fact]) at -= 1;
    return at < 0 ? -1 : run.firstOf(run.step[at]);
  }
}

function groupBySteps(run, facts) {
  const groups = new Map();
  facts.forEach((fact, of) => {
    if (fact < 0) return;
    const step = run.step[fact];
    if (groups.has(step)) groups.get(step).push(of);
    else groups.set(step, [of]);
  });
  return groups;
}
