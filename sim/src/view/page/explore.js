// The explorer: where a world is behind the page, a choice makes the run again.
//
// A path is a list of faults. Everything that can be chosen is one, so what was found is an
// ordinary scenario. To let a pending event come next is to delay the messages before it until
// just after it; what may not be delayed, such as a log's answer, may not be overtaken either.
'use strict';

/** So many pending events are listed. */
const PENDING = 24;

class Explorer {
  constructor(app, { path, hash }) {
    this.app = app;
    this.path = path;
    this.hash = hash;
    this.box = document.getElementById('path');
    this.box.hidden = false;
    this.draw();
  }

  draw() {
    this.box.replaceChildren(
      element('b', {}, 'Path: '),
      ...(this.path.length ? this.path.map((line, place) => element('span', { class: 'choice' }, line,
        element('button', { title: 'without this', onclick: () => this.go(this.path.filter((_, other) => other !== place)) }, '×')))
        : ['nothing chosen yet: step to a moment, and choose in “Pending here” or “Branch here”.']),
      element('button', { id: 'back', disabled: this.path.length === 0, onclick: () => this.go(this.path.slice(0, -1)) }, 'go back'),
      element('button', { id: 'save', onclick: () => this.save() }, 'save'),
      element('code', { id: 'hash', class: 'faint', title: 'trace hash' }, this.hash));
  }

  /** Adds faults to the path. */
  take(...lines) {
    return this.go([...this.path, ...lines]);
  }

  /** Makes the run with another path, and stays at the same moment. */
  async go(path) {
    const { app } = this;
    const data = await this.ask('/run', path);
    if (!data) return false;
    const { axis, lanes } = app.view;
    const step = app.run.step[app.cursor];
    const within = app.cursor - app.run.firstOf(step);
    const { left, right, length } = axis;
    const { scroll } = lanes;
    Object.assign(this, { path: data.explore.path, hash: data.explore.hash });
    app.load(data);
    if (right - left < length * 0.999) app.view.axis.show(left, right);
    app.view.lanes.scroll = scroll;
    const first = Math.min(app.run.firstOf(step), app.run.size - 1);
    app.go(app.run.step[first + within] === step ? first + within : first);
    app.repaint();
    this.draw();
    const { verdict, reasons } = app.run.data;
    app.say(verdict === 'invalid' ? reasons.join('; ') : '');
    return this.path.join() === path.join();
  }

  async save() {
    const answer = await this.ask('/save', this.path);
    if (answer) this.app.say(`saved; ${answer.command}`);
  }

  async ask(where, path) {
    const request = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ path }) };
    const answer = await fetch(where, request).then((got) => got.json(), (error) => ({ error: error.message }));
    if (answer.error) this.app.say(answer.error);
    return answer.error ? null : answer;
  }

  /** What is pending at the cursor: the first facts of steps that come later and are caused already. */
  pending() {
    const { run, cursor } = this.app;
    const now = run.step[cursor];
    const found = [];
    for (let fact = run.firstOf(now + 1); fact < run.size && found.length < PENDING; fact = run.firstOf(run.step[fact] + 1)) {
      if (run.cause[fact] <= now && run.kindOf(fact) !== 'fault') found.push(fact);
    }
    return found;
  }

  /** The delays by which a pending event comes next; `null` if something may not be overtaken. */
  overtaking(fact, before) {
    const { run } = this.app;
    const until = this.moment(fact);
    const mine = run.messageOf[fact];
    if (!until || before.length === 0) return null;
    const lines = [];
    for (const other of before) {
      const of = run.kindOf(other) === 'delivered' ? run.messageOf[other] : -1;
      const isBehind = mine >= 0 && of >= 0 && run.messages.connection[of] === run.messages.connection[mine]
        && run.messages.from[of] === run.messages.from[mine];
      if (of < 0 || isBehind) return null;
      const { from, to, kind, n } = run.messages;
      lines.push(`delay ${run.name(from[of])}-${run.name(to[of])} ${run.strings[kind[of]]}#${n[of]} until 1us ${until}`);
    }
    return lines;
  }

  /** The moment after an event, as anchors name it; nothing if none does. */
  moment(fact) {
    const { run, view } = this.app;
    const of = run.messageOf[fact];
    if (run.kindOf(fact) === 'delivered') {
      const { from, to, kind, n } = run.messages;
      return `after ${run.strings[kind[of]]}#${n[of]} on ${run.name(from[of])}-${run.name(to[of])}`;
    }
    const timer = view.branch.fired.name[fact];
    return timer ? `after timer ${timer} on ${run.name(run.lane[fact])}` : null;
  }

  /** The list of pending events, each with what may be chosen. */
  section() {
    const { run } = this.app;
    const pending = this.pending();
    if (!run.inZone(this.app.cursor)) return null;
    return element('ol', { id: 'pending' }, ...pending.map((fact, place) => {
      const next = this.overtaking(fact, pending.slice(0, place));
      const faults = run.kindOf(fact) === 'delivered' ? this.app.view.branch.faults(fact).slice(0, 4) : [];
      return element('li', {}, element('span', {}, `${run.who(fact)} ${run.kindOf(fact)}: ${run.text(fact)} `),
        next ? element('button', { class: 'next', onclick: () => this.take(...next) }, 'let it come next') : null,
        ...faults.map(({ label, line }) => element('button', { title: line, onclick: () => this.take(line) }, label)));
    }));
  }
}
