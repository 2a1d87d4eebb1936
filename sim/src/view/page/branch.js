// "Branch here": faults that change the run at a fact, as lines of script, and the command
// that makes the run with one of them.
'use strict';

class Branch {
  constructor(run) {
    this.run = run;
    this.writeNumber = numbered(run.writes.logged, run.writes.lane);
    this.fired = countedTimers(run);
  }

  /** Faults that strike at a fact: what each does, and its line. */
  faults(fact) {
    if (!this.run.inZone(fact)) return [];
    const kind = this.run.kindOf(fact);
    const found = [];
    if (['sent', 'delivered', 'lost'].includes(kind)) found.push(...this.message(this.run.messageOf[fact]));
    if (kind === 'cut') found.push(...this.cut(fact));
    if (kind === 'fired') found.push(...this.timer(fact));
    if (kind === 'connecting') found.push(...this.connect(this.run.connectionOf[fact]));
    if (kind === 'logged') found.push(...this.write(fact));
    return found.concat(this.here(fact));
  }

  message(of) {
    if (of < 0) return [];
    const { run } = this;
    const pair = `${run.name(run.messages.from[of])}-${run.name(run.messages.to[of])}`;
    const name = `${run.strings[run.messages.kind[of]]}#${run.messages.n[of]}`;
    return [
      { label: 'delay this message', line: `delay ${pair} ${name} by 3s` },
      { label: 'reset its pipe before it arrives', line: `reset ${pair} before ${name}` },
      { label: 'reset its pipe after it arrived', line: `reset ${pair} after ${name}` },
      ...this.reboots(run.messages.to[of], `after ${name} on ${pair}`, 'after it arrived'),
    ];
  }

  cut(fact) {
    const { run } = this;
    const where = `at ${CUTS[run.cutOf[fact]]} of ${run.transactionName(run.transaction[fact])}`;
    const reboots = this.reboots(run.lane[fact], where, 'at this cut');
    return run.cutOf[fact] === 1
      ? reboots.concat(this.reboots(run.lane[fact], `${where} keep=all`, 'at this cut, its write kept')) : reboots;
  }

  timer(fact) {
    const { run } = this;
    const where = `before timer ${this.fired.name[fact]}`;
    return this.fired.name[fact] ? this.reboots(run.lane[fact], where, 'before this timer fires') : [];
  }

  connect(of) {
    const { run } = this;
    const { from, to, n } = run.connections;
    return [{ label: 'refuse this connect and the next', line: `refuse connect ${run.name(from[of])}-${run.name(to[of])}#${n[of]} times=2` }];
  }

  write(fact) {
    const { run } = this;
    const write = run.writeOf[fact];
    return [{ label: 'let this write fail', line: `fail write#${this.writeNumber[write]} on ${run.name(run.lane[fact])}` }];
  }

  /** Faults that need no name for the place: before the event that comes at this step. */
  here(fact) {
    const { run } = this;
    const begun = run.data.zones.findLast(([at]) => at <= fact);
    const n = run.step[fact] - (begun ? run.step[begun[0]] : 0);
    return n > 0 && run.isUp(run.lane[fact], run.firstOf(run.step[fact]) - 1) ? this.reboots(run.lane[fact], `at event ${n}`, 'before this event') : [];
  }

  reboots(lane, where, when) {
    return lane >= 0 && this.run.lanes[lane].kind
      ? [{ label: `reboot ${this.run.name(lane)} ${when}`, line: `reboot ${this.run.name(lane)} ${where}` }] : [];
  }

  /** The command that makes this run with one more fault, and shows it. */
  command(line) {
    const { command } = this.run.data;
    const faults = command.schedule ? `${command.schedule}; ${line}` : line;
    return `${command.view} --schedule '${faults}'`;
  }
}

/** For each thing its place among those of its lane, counted from 1. */
function numbered(facts, lanes) {
  const counts = new Map();
  return Int32Array.from(facts, (_, of) => {
    counts.set(lanes[of], (counts.get(lanes[of]) ?? 0) + 1);
    return counts.get(lanes[of]);
  });
}

/** For each fact that is a timer's firing, its kind and number, as anchors name it. */
function countedTimers(run) {
  const counts = new Map();
  const name = [];
  const kind = run.kinds.indexOf('fired');
  for (let fact = 0; fact < run.size; fact++) {
    if (run.kind[fact] !== kind || run.timerOf[fact] < 0) continue;
    const what = run.strings[run.timers.text[run.timerOf[fact]]].match(/timer(?: in \d+ us)?: (\w+)/)?.[1];
    const key = `${run.lane[fact]} ${what}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    name[fact] = `${what}#${counts.get(key)}`;
  }
  return { name };
}
