// What tablets remember that is in no table.
'use strict';

/** How a value of Rust's `Debug` form reads that holds nothing. */
const NOTHING = /^(\{\}|\[\]|None|false|0|)$/;
const IDS = { TabletId: 't', OperationId: 'op', PathId: 'p', TxId: 'tx', Generation: 'g', ServerId: 's', ClientId: 'c', ColumnId: 'col' };

/** The parts of a tablet's memory after the step of a fact, and when each changed last. */
function memoryAt(run, lane, fact) {
  const { memory } = run;
  const parts = new Map();
  for (let of = upTo(memory.step, run.step[fact]); of >= 0; of--) {
    if (memory.lane[of] !== lane || parts.has(memory.part[of])) continue;
    parts.set(memory.part[of], { part: run.strings[memory.part[of]], value: readable(run.strings[memory.value[of]]), step: memory.step[of] });
  }
  return [...parts.values()].sort((a, b) => a.part.localeCompare(b.part));
}

/** Ids as traces write them, and a line for each member of what is long. */
function readable(value) {
  const short = value.replace(/\b(\w+)\((\d+)\)/g, (whole, type, number) => (IDS[type] ? IDS[type] + number : whole));
  return short.length < 60 ? short : indented(short);
}

function indented(text) {
  let [out, depth] = ['', 0];
  for (const [place, letter] of [...text].entries()) {
    if ('}])'.includes(letter)) depth -= 1;
    out += letter;
    const opens = '{['.includes(letter) && !'}]'.includes(text[place + 1] ?? '');
    if ('{[('.includes(letter)) depth += 1;
    if (depth <= 2 && (opens || (letter === ',' && depth > 0))) out += `\n${'  '.repeat(Math.max(depth, 0))}`;
  }
  return out.replace(/\n\s*\n/g, '\n').replace(/\n( *) /g, '\n$1');
}

Object.assign(Panel.prototype, {
  memory(run, fact) {
    const lane = this.app.lane;
    if (!run.memory.step.length) {
      return element('div', { class: 'faint' }, 'A trace does not hold it: make the page from the scenario or the capsule.');
    }
    const { until } = run.data.memory;
    if (until !== null && run.step[fact] > until) {
      return element('div', { class: 'faint' }, `A run so long is watched at its beginning only, up to step ${until}.`);
    }
    const parts = memoryAt(run, lane, fact);
    if (parts.length === 0 || parts.every(({ value }) => value === '')) return element('div', { class: 'faint' }, 'it is not running');
    const full = parts.filter(({ value }) => !NOTHING.test(value));
    const empty = parts.filter(({ value }) => NOTHING.test(value)).map(({ part }) => part);
    const line = ({ part, value, step }) => element('tr', { class: step === run.step[fact] ? 'new' : '' },
      element('th', {}, part), element('td', { class: 'memory' }, value));
    return element('div', {}, element('table', {}, ...full.map(line)),
      empty.length ? element('div', { class: 'faint' }, `empty: ${empty.join(', ')}`) : null);
  },
});
