// The panel on the right: everything about the moment at the cursor, as text.
'use strict';

/** Longer lists are cut, and say so. */
const LIST = 30;

class Panel {
  constructor(box, app) {
    this.box = box;
    this.app = app;
    this.open = new Map();
  }

  draw() {
    const { app } = this;
    const { run } = app;
    const fact = app.cursor;
    const sections = [
      this.event(run, fact),
      this.section('Pending here', app.explorer?.section(), true),
      this.section('Why it failed', this.complaints(run), run.data.complaints.length > 0),
      this.section('Changed here', this.changes(run, fact), true),
      this.section('What led here', this.causes(run), app.chain !== null),
      this.section('Restores', this.restores(run, fact), true),
      this.section('In flight', this.inFlight(run, fact), true),
      this.section(`Tables of ${run.name(app.lane)}`, app.lane >= 0 && (() => this.tables(run, fact)), false),
      this.section(`Memory of ${run.name(app.lane)}`, app.lane >= 0 && run.lanes[app.lane].kind && (() => this.memory(run, fact)), false),
      this.section('Branch here', this.branches(fact), true),
      this.section('This run', () => this.about(run), false),
    ];
    const scroll = this.box.scrollTop;
    const focused = this.stops().indexOf(document.activeElement);
    this.box.replaceChildren(...sections.filter(Boolean));
    if (scroll > 0) this.box.scrollTop = scroll;
    // Whoever walks the panel by keyboard stays in it.
    if (focused >= 0) (this.stops()[focused] ?? this.box).focus({ preventScroll: true });
  }

  /** All that the Tab key stops at. */
  stops() {
    return [...this.box.querySelectorAll('button, summary')];
  }

  /**
   * A part of the panel that stays open or closed as it was left. Content that takes long to
   * make is given as a function, and made when it is seen.
   */
  section(title, content, isOpen) {
    if (!content) return null;
    const key = title.split(' ')[0];
    const remembered = this.open.get(key) ?? isOpen;
    const details = element('details', { open: remembered }, element('summary', {}, title));
    const fill = () => {
      if (details.open && details.children.length === 1) details.append(typeof content === 'function' ? content() : content);
    };
    fill();
    details.addEventListener('toggle', () => {
      this.open.set(key, details.open);
      fill();
    });
    return details;
  }

  event(run, fact) {
    const { app } = this;
    const cause = app.view.causes.before(fact);
    const transaction = run.transactionName(run.transaction[fact]);
    const facts = [];
    for (let at = run.firstOf(run.step[fact]); at < run.size && run.step[at] === run.step[fact]; at++) facts.push(at);
    return element('div', { class: 'event' },
      element('div', { class: 'where' }, `step ${run.step[fact]} · ${time(run.at[fact])} · ${run.who(fact)}`),
      element('div', { class: `what ${run.kindOf(fact)}` }, this.headline(run, fact)),
      run.lanes[run.lane[fact]]?.holds ? element('div', { class: 'faint' }, run.lanes[run.lane[fact]].holds) : null,
      element('div', { class: 'faint' },
        transaction ? `transaction ${transaction} · ` : '',
        run.operation[fact] >= 0 ? `op${run.operation[fact]} · ` : '',
        cause >= 0 ? this.link(cause, `caused by step ${run.step[cause]}`) : 'caused by nothing before'),
      this.partner(),
      facts.length > 1 ? element('ol', { class: 'step' }, ...facts.slice(0, LIST).map((at) => element('li',
        { class: at === fact ? 'here' : '' }, this.link(at, `${run.kindOf(at)}: ${run.kindOf(at) === 'durable' ? this.headline(run, at) : run.text(at)}`)))) : null);
  }

  headline(run, fact) {
    const changes = run.changes(fact);
    return changes.length ? `${counted(changes.length, 'row')} of ${run.transactionName(run.transaction[fact])} durable` : run.text(fact);
  }

  /** What the other of two runs has at this moment. */
  partner() {
    const { app } = this;
    if (!app.other) return null;
    const [fact, isSame] = app.counterpart();
    const other = app.other.run;
    return element('div', { class: isSame ? 'faint' : 'only' }, isSame
      ? `also in the other run, at step ${other.step[fact]} (${time(other.at[fact])})`
      : 'not in the other run, whose nearest common step is shown');
  }

  link(fact, text) {
    return element('button', { class: 'link', onclick: () => this.app.go(fact) }, text);
  }

  /** A text in which steps can be followed. */
  withSteps(text, name = 'line') {
    const { run } = this.app;
    const parts = text.split(/(\bstep \d+)/);
    return element('div', { class: name }, ...parts.map((part) => {
      const step = part.match(/^step (\d+)$/)?.[1];
      return step ? this.link(run.firstOf(Number(step)), part) : part;
    }));
  }

  complaints(run) {
    if (run.data.complaints.length === 0) return null;
    const { objections } = run.data;
    return element('div', {}, ...run.data.complaints.map(({ oracle, sentence, rule, details }, place) => (
      element('div', { class: 'complaint' },
        element('div', { class: 'bad' }, objections[place] === undefined ? oracle : this.link(objections[place], oracle), `: ${sentence}`),
        ...details.map((line) => this.withSteps(line.trim(), line.startsWith(' ') ? 'line under' : 'line')),
        rule ? element('div', { class: 'faint' }, `rule: ${rule}`) : null))));
  }

  changes(run, fact) {
    const changes = run.changes(fact);
    if (changes.length === 0) return null;
    return element('table', {}, ...changes.slice(0, LIST).map(({ row, value, before }) => element('tr', {},
      element('th', {}, row),
      element('td', {}, element('del', {}, before ?? ''), ' → ', value === null ? element('i', {}, 'erased') : element('ins', {}, value)))));
  }

  causes(run) {
    const { chain } = this.app;
    if (!chain) return element('div', { class: 'faint' }, 'Press A to fade everything else.');
    const from = Math.max(0, chain.steps.length - LIST);
    const earlier = from + chain.earlier;
    const lines = chain.steps.slice(from).map((step) => {
      const fact = this.telling(run, step);
      return element('li', { class: run.kindOf(fact) }, this.link(fact, `${step} ${run.who(fact)} ${run.text(fact)}`));
    });
    return element('div', {},
      earlier > 0 ? element('div', { class: 'faint' }, `… ${counted(earlier, 'step')} before ${from === 0 ? 'the first fault' : 'these'}`) : null,
      element('ol', { class: 'chain' }, ...lines),
      chain.beside >= 0 ? element('div', {}, 'No fault is among these steps. The latest that struck one of these lanes: ',
        this.link(chain.beside, run.text(chain.beside))) : null);
  }

  /** The fact of a step that says most: a fault, else what was delivered. */
  telling(run, step) {
    const first = run.firstOf(step);
    const fault = run.data.faults.find(([at]) => run.step[at] === step);
    return fault ? fault[0] : first;
  }

  restores(run, fact) {
    const restores = restoresAt(run, fact);
    if (restores.length === 0) return null;
    return element('div', {}, ...restores.map(({ operation, at, state, shards, parts, increment }) => element('div', { class: 'restore' },
      element('div', {}, element('b', {}, `${operation} at ${at}: `), state.replace(/ incremental=\d+/, ''),
        parts ? ` · part ${increment + 1} of ${parts} (${increment === 0 ? 'full backup' : `increment ${increment}`})` : ''),
      parts ? element('progress', { max: parts, value: /^(Completed|Finalizing)/.test(state) ? parts : increment }) : null,
      element('table', {}, ...shards.slice(0, LIST).map(({ shard, status, attempt, rows }) => (
        element('tr', {}, element('th', {}, shard), element('td', { class: status }, status),
          element('td', {}, `attempt ${attempt}`), element('td', {}, `${rows} rows`))))))));
  }

  inFlight(run, fact) {
    const { messages, timers, writes } = run;
    const mails = run.spans.messages.at(fact);
    const pending = run.spans.timers.at(fact).filter((of) => timers.armed[of] >= 0);
    const logging = run.spans.transactions.at(fact).filter((of) => {
      const { exec, durable } = run.transactions;
      return exec[of] >= 0 && exec[of] <= fact && (durable[of] < 0 || durable[of] > fact);
    });
    const pipes = run.spans.connections.at(fact).filter((of) => run.connections.connected[of] >= 0);
    const due = (of) => run.at[timers.armed[of]] + timers.delay[of];
    pending.sort((a, b) => due(a) - due(b));
    return element('div', {},
      this.list('message', mails, (of) => this.link(messages.sent[of],
        `${run.name(messages.from[of])} → ${run.name(messages.to[of])}: ${run.message(of).replace(/ to \S+$/, '')}`)),
      this.list('timer', pending, (of) => this.link(timers.armed[of],
        `${run.name(timers.lane[of])}: ${run.strings[timers.text[of]].replace(/ timer in \d+ us:/, '')}, in ${time(due(of) - run.at[fact])}`), ' pending'),
      this.list('transaction', logging, (of) => this.link(run.transactions.exec[of],
        `${run.name(run.transactions.lane[of])}: ${run.transactionName(of)}, ${writes.bytes[run.transactions.write[of]] ?? 0} bytes`), ' executed, not durable'),
      element('div', { class: 'faint' }, `${counted(pipes.length, 'pipe')} up`));
  }

  /** A list, in which lines that say the same are one. */
  list(one, things, line, state = '') {
    if (things.length === 0) return element('div', { class: 'faint' }, `no ${one}${state}`);
    const items = new Map();
    for (const item of things.slice(0, LIST).map((of) => element('li', {}, line(of)))) {
      const said = items.get(item.textContent) ?? { item, times: 0 };
      items.set(item.textContent, { ...said, times: said.times + 1 });
    }
    for (const { item, times } of items.values()) if (times > 1) item.append(` ×${times}`);
    return element('div', {}, element('div', {}, counted(things.length, one) + state),
      element('ul', {}, ...[...items.values()].map(({ item }) => item),
        things.length > LIST ? element('li', { class: 'faint' }, `… and ${things.length - LIST} more`) : null));
  }

  tables(run, fact) {
    const rows = run.tables(this.app.lane, fact);
    const groups = Map.groupBy ? Map.groupBy(rows, ({ row }) => row.split('[')[0]) : grouped(rows);
    return element('div', {}, ...[...groups].map(([table, members]) => {
      const content = () => element('table', {}, ...members.slice(0, 8 * LIST).map(({ row, value, changed }) => (
        element('tr', { class: run.step[changed] === run.step[fact] ? 'new' : '' },
          element('th', {}, row.slice(table.length)), element('td', {}, value)))));
      return this.section(`${table} · ${members.length}`, content, false);
    }), rows.length ? null : element('div', { class: 'faint' }, 'no rows yet'));
  }

  /** What the run is, and the faults that struck it. */
  about(run) {
    const { claim, verdict, reasons, command, faults, input } = run.data;
    const schedule = command.schedule ? ` --schedule '${command.schedule}'` : '';
    return element('div', {},
      claim ? element('div', {}, claim) : null,
      ...reasons.map((reason) => element('div', { class: verdict === 'ok' ? 'faint' : 'bad' }, reason)),
      element('ul', {}, ...faults.map(([at, text, receipt]) => element('li', {}, this.link(at, `${run.strings[text]} (step ${run.step[at]})`),
        receipt >= 0 ? element('div', { class: 'faint' }, run.text(receipt)) : null))),
      element('div', { class: 'branches' }, element('code', { class: 'command' }, command.view + schedule)),
      element('div', { class: 'faint' }, input));
  }

  branches(fact) {
    const { app } = this;
    const faults = app.view.branch.faults(fact);
    if (faults.length === 0) {
      return element('div', { class: 'faint' }, app.run.inZone(fact) ? 'No fault can strike at this fact.'
        : 'Faults strike only between “zone begin” and “zone end”.');
    }
    return element('div', { class: 'branches' }, ...faults.map(({ label, line }) => {
      const command = app.view.branch.command(line);
      return element('div', {},
        element('button', { title: command, onclick: () => app.branch(line, command) }, label),
        element('code', { class: 'fault' }, line),
        element('code', { class: 'command' }, command));
    }));
  }
}

function counted(many, one) {
  return `${many.toLocaleString('en')} ${one}${many === 1 ? '' : 's'}`;
}

function grouped(rows) {
  const groups = new Map();
  for (const one of rows) {
    const table = one.row.split('[')[0];
    groups.set(table, [...(groups.get(table) ?? []), one]);
  }
  return groups;
}
