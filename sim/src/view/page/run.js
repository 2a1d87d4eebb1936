// A run: what the page knows of it, and the questions that views ask.
//
// Facts, messages, transactions and so on are columns of numbers; a thing is its place in its
// columns. -1 stands for "none". Texts are places in one table of strings.
'use strict';

/** Facts that are two ends of a message and have its text. */
const MAIL = ['sent', 'delivered', 'lost'];
const CUTS = ['pre', 'exec', 'durable', 'done'];

/** The numbers that letters stand for, from -1 on; `letters.rs` says how. */
function numbers(letters, Type = Int32Array) {
  const [first, follows, digits] = [35, 80, 46];
  let many = 0;
  for (let at = 0; at < letters.length; at++) if (letters.charCodeAt(at) < follows) many += 1;
  const found = new Type(many);
  let [place, value, unit] = [0, -1, 1];
  for (let at = 0; at < letters.length; at++) {
    const code = letters.charCodeAt(at);
    value += (code > 92 ? code - 1 - first : code - first) * unit;
    unit *= digits;
    if (code >= follows) continue;
    found[place++] = value;
    value = -1;
    unit = 1;
  }
  return found;
}

/** Sums up a column in which each number is the distance to the one before. */
function summed(letters, Type) {
  const sums = numbers(letters, Type);
  for (let place = 1; place < sums.length; place++) sums[place] += sums[place - 1];
  return sums;
}

/** The columns of a table as arrays of numbers. */
function typed(table) {
  return Object.fromEntries(Object.entries(table).map(([name, letters]) => [name, numbers(letters)]));
}

class Run {
  constructor(data) {
    const { facts } = data;
    this.data = data;
    this.strings = data.strings;
    this.lanes = data.lanes.map(([name, kind, holds]) => ({ name, kind, holds, deleted: -1 }));
    labelLanes(this.lanes);
    this.step = summed(facts.step, Int32Array);
    this.size = this.step.length;
    this.at = summed(facts.at, Float64Array);
    this.cause = numbers(facts.cause);
    for (let fact = 0; fact < this.size; fact++) this.cause[fact] = this.step[fact] - this.cause[fact];
    this.lane = numbers(facts.lane, Int16Array);
    this.generation = numbers(facts.generation);
    this.kind = numbers(facts.kind);
    this.said = numbers(facts.text);
    this.transaction = numbers(facts.transaction);
    this.operation = numbers(facts.operation, Float64Array);
    this.kinds = data.kinds;
    this.messages = typed(data.messages);
    this.transactions = typed(data.transactions);
    this.timers = typed(data.timers);
    this.connections = typed(data.connections);
    this.writes = typed(data.writes);
    this.flat = numbers(data.changes.flat);
    this.changesEnd = numbers(data.changes.many);
    for (let of = 1; of < this.changesEnd.length; of++) this.changesEnd[of] += this.changesEnd[of - 1];
    this.memory = { ...typed({ lane: data.memory.lane, part: data.memory.part, value: data.memory.value }), step: summed(data.memory.step, Int32Array) };
    this.incarnations = data.incarnations.map(([lane, generation, node, started, booted, stopped, lost]) => (
      { lane, generation, node, started, booted, stopped, lost }));
    const deleted = this.kinds.indexOf('deleted');
    this.kind.forEach((kind, fact) => { if (kind === deleted) this.lanes[this.lane[fact]].deleted = fact; });
    this.link();
    this.collectSpans();
  }

  /** Finds for each fact the message, write, connection or timer that it is about. */
  link() {
    const none = () => new Int32Array(this.size).fill(-1);
    const mark = (of, columns) => {
      const places = none();
      for (const column of columns) column.forEach((fact, place) => { if (fact >= 0) places[fact] = place; });
      return places;
    };
    const { messages, connections, timers, writes } = this;
    this.messageOf = mark(this, [messages.sent, messages.delivered, messages.lost]);
    for (const [message, ...facts] of this.data.again) for (const fact of facts) this.messageOf[fact] = message;
    this.connectionOf = mark(this, [connections.connecting, connections.connected, connections.refused,
      connections.broken, connections.closed]);
    for (const [connection, ...facts] of this.data.notices) for (const fact of facts) this.connectionOf[fact] = connection;
    this.timerOf = mark(this, [timers.armed, timers.fired]);
    this.writeOf = mark(this, [writes.logged, writes.durable]);
    this.cutOf = new Int8Array(this.size).fill(-1);
    CUTS.forEach((cut, index) => this.transactions[cut].forEach((fact) => { if (fact >= 0) this.cutOf[fact] = index; }));
  }

  collectSpans() {
    const { messages, transactions, timers, connections, size } = this;
    const first = (...columns) => columns[0].map((_, of) => columns.map((column) => column[of]).find((at) => at >= 0) ?? -1);
    const gone = new Map(this.incarnations.map(({ lane, generation, stopped }) => [`${lane}.${generation}`, stopped]));
    messages.end = first(messages.lost, messages.delivered);
    transactions.start = first(transactions.pre, transactions.exec, transactions.durable, transactions.done);
    transactions.end = first(transactions.done, transactions.aborted);
    timers.end = timers.fired.map((fired, of) => (
      fired >= 0 ? fired : gone.get(`${timers.lane[of]}.${timers.generation[of]}`) ?? -1));
    connections.start = first(connections.connecting, connections.connected, connections.refused, connections.broken,
      connections.closed);
    connections.end = first(connections.refused, connections.broken, connections.closed);
    this.spans = {
      messages: new Spans(messages.sent, messages.end, size),
      transactions: new Spans(transactions.start, transactions.end, size),
      timers: new Spans(timers.armed, timers.end, size),
      connections: new Spans(connections.start, connections.end, size),
    };
  }

  /**
   * The history of every durable row of a tablet: when it changed, and what it was from then
   * on. Rows and values are places in the table of strings.
   */
  rows(lane) {
    this.histories ??= [];
    this.histories[lane] ??= this.collectRows(lane);
    return this.histories[lane];
  }

  collectRows(lane) {
    const { writes } = this;
    const rows = new Map();
    const durable = Array.from(writes.durable.keys()).filter((of) => writes.lane[of] === lane && writes.durable[of] >= 0);
    durable.sort((a, b) => writes.durable[a] - writes.durable[b]);
    for (const of of durable) {
      const changes = this.rowsOf(of);
      for (let place = 0; place < changes.length; place += 2) {
        let history = rows.get(changes[place]);
        if (!history) rows.set(changes[place], history = { at: [], value: [] });
        history.at.push(writes.durable[of]);
        history.value.push(changes[place + 1]);
      }
    }
    return rows;
  }

  /** A test of facts: whether all these words are somewhere in what is said of one. */
  matcher(words) {
    const hits = words.map((word) => Uint8Array.from(this.strings, (text) => (text.toLowerCase().includes(word) ? 1 : 0)));
    const lanes = words.map((word) => this.lanes.map(({ name }) => name.toLowerCase() === word));
    return (fact) => {
      const places = this.places(fact);
      return words.every((word, of) => (
        lanes[of][this.lane[fact]] || this.kindOf(fact).includes(word) || places.some((place) => hits[of][place])));
    };
  }

  /** The texts that a fact's own is made of, as places in the table of strings. */
  places(fact) {
    if (this.said[fact] >= 0) return [this.said[fact]];
    const [message, write, transaction] = [this.messageOf[fact], this.writeOf[fact], this.transaction[fact]];
    if (message >= 0) return [this.messages.text[message]];
    if (write >= 0) return [...this.rowsOf(write)];
    return transaction >= 0 ? [this.transactions.tx[transaction]] : [];
  }

  kindOf(fact) { return this.kinds[this.kind[fact]]; }

  name(lane) { return lane >= 0 ? this.lanes[lane].name : 'run'; }

  /** Tablet and generation, such as `t1.g2`. */
  who(fact) {
    const generation = this.generation[fact];
    return this.name(this.lane[fact]) + (generation > 0 ? `.g${generation}` : '');
  }

  message(of) { return this.strings[this.messages.text[of]]; }

  /** What happened, as the textual trace says it. */
  text(fact) {
    if (this.said[fact] >= 0) return this.strings[this.said[fact]];
    const kind = this.kindOf(fact);
    const message = this.messageOf[fact];
    if (MAIL.includes(kind) && message >= 0) return this.mail(kind, message);
    if (kind === 'cut') return `${CUTS[this.cutOf[fact]]} of ${this.transactionName(this.transaction[fact])}`;
    if (kind === 'durable') return this.rowsText(fact);
    return kind;
  }

  rowsText(fact) {
    return this.changes(fact).map(({ row, value }) => `${row} ${value === null ? 'erased' : `= ${value}`}`).join('; ');
  }

  mail(kind, of) {
    const { from, to } = this.messages;
    const sent = this.message(of);
    const suffix = ` to ${this.name(to[of])}`;
    const body = sent.endsWith(suffix) ? sent.slice(0, -suffix.length) : sent;
    if (kind === 'sent') return sent;
    return kind === 'delivered' ? `${body} from ${this.name(from[of])}` : `lost: ${body} from ${this.name(from[of])}${suffix}`;
  }

  transactionName(of) {
    return of < 0 ? '' : `${this.strings[this.transactions.tx[of]]}#${this.transactions.n[of]}`;
  }

  /** The rows that a write changes: row and value by turns, as places in the table of strings. */
  rowsOf(write) {
    return this.flat.subarray(write > 0 ? 2 * this.changesEnd[write - 1] : 0, 2 * this.changesEnd[write]);
  }

  /** The rows that a durable write changes, and what they were before. */
  changes(fact) {
    const write = this.writeOf[fact];
    if (write < 0 || this.writes.durable[write] !== fact) return [];
    const changes = this.rowsOf(write);
    const found = [];
    for (let place = 0; place < changes.length; place += 2) {
      const value = changes[place + 1] < 0 ? null : this.strings[changes[place + 1]];
      const before = this.value(this.writes.lane[write], changes[place], fact - 1);
      found.push({ row: this.strings[changes[place]], value, before });
    }
    return found;
  }

  /** What a row is at a fact; `null` if it is not there. */
  value(lane, row, fact) {
    const history = this.rows(lane).get(row);
    const place = history ? upTo(history.at, fact) : -1;
    return place < 0 || history.value[place] < 0 ? null : this.strings[history.value[place]];
  }

  /** The durable tables of a tablet at a fact: rows and values, and when each changed last. */
  tables(lane, fact) {
    const found = [];
    for (const [row, history] of this.rows(lane)) {
      const place = upTo(history.at, fact);
      if (place >= 0 && history.value[place] >= 0) {
        found.push({ row: this.strings[row], value: this.strings[history.value[place]], changed: history.at[place] });
      }
    }
    return found.sort((a, b) => a.row.localeCompare(b.row, undefined, { numeric: true }));
  }

  /** The first fact of a step, or of the first step after it. */
  firstOf(step) { return lowerBound(this.step, step); }

  inZone(fact) {
    return this.data.zones.some(([begun, ended]) => begun <= fact && (ended < 0 || fact < ended));
  }

  /** Whether an incarnation of a tablet lives at a fact. */
  isUp(lane, fact) {
    return this.incarnations.some((one) => (
      one.lane === lane && one.started <= fact && (one.stopped < 0 || one.stopped > fact)));
  }

  /** Whether something at a tablet ends because the tablet is deleted, as it is meant to be. */
  isDeletion(lane, fact) {
    const { deleted } = this.lanes[lane];
    return deleted >= 0 && this.step[fact] >= this.step[deleted];
  }

  /** Whether a connection breaks because one of its ends is deleted. */
  isEnding(connection, fact) {
    const { from, to } = this.connections;
    return this.isDeletion(from[connection], fact) || this.isDeletion(to[connection], fact);
  }
}

/** The place of the last number that is at most `limit`, or -1. */
function upTo(sorted, limit) {
  return lowerBound(sorted, limit + 1) - 1;
}

/** The place of the first number that is at least `limit`. */
function lowerBound(sorted, limit) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * What stands beside the lanes' names: of a shard, its table and keys in few letters. A backup
 * in a collection is named by its place: `full`, `inc 1`, `inc 2`.
 */
function labelLanes(lanes) {
  const backup = /\/\.backups\/collections\/([^ ]+?)\/([^/ ]*_(?:full|incremental))\//;
  const names = new Map();
  const taken = new Map();
  for (const { holds } of lanes) {
    const [, collection, name] = holds?.match(backup) ?? [];
    if (!name || names.has(`${collection}/${name}`)) continue;
    const kind = name.endsWith('_full') ? 'full' : 'inc';
    const n = (taken.get(`${collection} ${kind}`) ?? 0) + 1;
    taken.set(`${collection} ${kind}`, n);
    names.set(`${collection}/${name}`, kind === 'full' && n === 1 ? kind : `${kind} ${n}`);
  }
  for (const lane of lanes) {
    const place = lane.holds?.match(backup);
    const [, path, keys] = lane.holds?.match(/^(\S+) (.*)$/) ?? [null, lane.kind ?? 'client', ''];
    const table = (place ? path.slice(path.indexOf(place[0]) + place[0].length) : path)
      .replace('__ydb_backup_meta/indexes/', '').replace('/indexImplTable', '');
    const range = keys.replace(/[[)"]/g, '').replace('-inf', '').replace('+inf', '').replace(/ \.\. /, '..').trim();
    lane.backup = place ? `${names.get(`${place[1]}/${place[2]}`)}: ` : '';
    lane.label = `${table}${['', '..'].includes(range) ? '' : ` ${range}`}`;
  }
}
