// How far each restore is at a fact, read from the durable tables of its SchemeShard.
'use strict';

const TABLE = /^IncrementalRestore(State|Operations|ShardProgress)\[.*$/;
const KEY = /\[(op\d+)(?: inc=(\d+) sub=\d+ (t\d+))?\]$/;

/** All restores that have begun: state, increments of so many, shards and rows of each. */
function restoresAt(run, fact) {
  const found = [];
  for (const { lane, row, operation } of rowsOfRestores(run).states) {
    const state = run.value(lane, row, fact);
    if (state !== null) found.push(restoreAt(run, lane, operation, state, fact));
  }
  return found;
}

/** The rows that tell of restores, found once for each run. */
function rowsOfRestores(run) {
  if (run.restores) return run.restores;
  run.restores = { states: [], wholes: [], shards: [] };
  for (const [lane, { kind }] of run.lanes.entries()) {
    if (kind !== 'SchemeShard') continue;
    for (const row of run.rows(lane).keys()) {
      const [name, table] = run.strings[row].match(TABLE) ?? [];
      const list = { State: 'states', Operations: 'wholes', ShardProgress: 'shards' }[table];
      if (!list) continue;
      const [, operation, increment, shard] = name.match(KEY);
      run.restores[list].push({ lane, row, operation, increment: Number(increment ?? 0), shard });
    }
  }
  return run.restores;
}

function restoreAt(run, lane, operation, state, fact) {
  const restore = { operation, at: run.name(lane), state, shards: [], parts: null, increment: null };
  restore.increment = Number(state.match(/incremental=(\d+)/)?.[1] ?? 0);
  const isOfIt = (one) => one.lane === lane && one.operation === operation;
  const { wholes, shards } = rowsOfRestores(run);
  const whole = wholes.filter(isOfIt).map(({ row }) => run.value(lane, row, fact)).find((value) => value !== null);
  restore.parts = Number(whole?.match(/parts=(\d+)/)?.[1] ?? 0);
  const isNow = (one) => isOfIt(one) && one.increment === restore.increment;
  for (const { row, increment, shard } of shards.filter(isNow)) {
    const value = run.value(lane, row, fact);
    if (value !== null) restore.shards.push({ increment, shard, ...progress(value) });
  }
  return restore;
}

/** `Done(Success) attempt=1 rows=3` in parts. */
function progress(value) {
  return {
    status: value.split(' ')[0],
    attempt: Number(value.match(/attempt=(\d+)/)?.[1] ?? 0),
    rows: Number(value.match(/rows=(\d+)/)?.[1] ?? 0),
  };
}
