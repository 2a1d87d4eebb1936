// The page: where the cursor is, what is shown, and what keys and the mouse do.
'use strict';

class App {
  constructor(data) {
    this.data = data;
    this.box = document.getElementById('views');
    this.panel = new Panel(document.getElementById('panel'), this);
    this.address = new Address(this);
    this.load(data);
    if (data.explore) this.explorer = new Explorer(this, data.explore);
    this.listen();
    this.address.read();
  }

  /** Shows one run or two; the cursor is in the first. */
  load(data) {
    this.data = data;
    this.box.replaceChildren();
    const runs = data.runs.map((one) => new Run(one));
    const columns = runs.length > 1 ? sharedColumns(runs[0], runs[1], data.partners) : [];
    this.views = runs.map((run, place) => new View(run, this.box, columns[place]));
    [this.view, this.other] = this.views;
    this.run = this.view.run;
    if (this.other) this.compare(data);
    this.views.forEach((view, place) => this.title(view, place));
    this.overview = new Overview(document.getElementById('overview'), this.view);
    this.cursor = Math.min(this.run.data.zones[0]?.[0] ?? 0, Math.max(this.run.size - 1, 0));
    this.lane = -1;
    this.chain = null;
    this.fillFilters();
    this.head();
    this.resize();
    if (this.run.size) this.go(this.landing());
  }

  /** Where a reader begins: at the objection, else at the first fault, else at the zone. */
  landing() {
    const { objections, faults } = this.run.data;
    return objections[0] ?? faults[0]?.[0] ?? this.cursor;
  }

  compare({ partners, divergence }) {
    this.partner = new Map(partners);
    for (const [place, view] of this.views.entries()) {
      const { run } = view;
      const known = new Set(partners.map((pair) => pair[place]));
      view.alone = new Uint8Array(run.size ? run.step[run.size - 1] + 1 : 1);
      for (let step = 1; step < view.alone.length; step++) view.alone[step] = known.has(step) ? 0 : 1;
      view.divergence = divergence[place];
    }
  }

  title(view, place) {
    const { name, verdict, command } = view.run.data;
    const letter = this.other ? `${'AB'[place]}: ` : '';
    const text = `${letter}${name}${command.view.match(/ --quirk \S+/g)?.join('') ?? ''}${command.schedule ? ` · ${command.schedule}` : ' · no faults asked for'}`;
    if (!this.other) return;
    view.box.before(element('div', { class: 'title', title: text }, text, verdict ? element('b', { class: verdict === 'ok' ? 'good' : 'bad' }, ` ${verdict}`) : ''));
  }

  head() {
    const { name, verdict, reasons, counts } = this.run.data;
    document.title = `${name}${verdict ? `: ${verdict}` : ''}`;
    document.getElementById('name').textContent = name;
    const mark = document.getElementById('verdict');
    mark.textContent = verdict ?? '';
    mark.className = verdict === 'ok' ? 'good' : 'bad';
    mark.title = reasons.join('\n');
    this.about();
    document.getElementById('onlykey').hidden = !this.other;
    document.getElementById('counts').textContent = [counted(counts.events, 'event'), counted(counts.messages, 'message'),
      `${counts.losses} lost`, counted(counts.reboots, 'reboot'), counted(counts.faults, 'fault'), counted(counts.objections, 'objection')].join(' · ');
  }

  /** The line below the head: what went wrong, or what it is that went well, and what was run. */
  about() {
    const { verdict, reasons, complaints, claim, command } = this.run.data;
    const isFine = !verdict || verdict === 'ok';
    const why = [...new Set([...complaints.map(({ oracle, sentence }) => `${oracle}: ${sentence}`), ...reasons])];
    const first = isFine && !why.length ? element('span', {}, claim) : element('b', { class: 'bad' }, why.join(' · ') || claim);
    const quirks = command.view.match(/--quirk \S+/g)?.join(' ') ?? '';
    const run = [command.view.match(/--seed \d+/)?.[0].replace('--', ''), quirks.replace(/--/g, ''), command.schedule].filter(Boolean).join(' · ');
    document.getElementById('about').replaceChildren(first, element('span', { class: 'faint', title: claim }, run));
  }

  fillFilters() {
    const { run } = this;
    const fill = (id, all, options) => document.getElementById(id).replaceChildren(
      element('option', { value: '' }, all), ...options.map(([value, text]) => element('option', { value }, text)));
    fill('tablet', 'all tablets', run.lanes.map(({ name, backup, label }) => [name, `${name} ${backup}${label}`]));
    fill('operation', 'all operations', run.data.operations.map(([id, name]) => [id, `op${id} ${run.strings[name]}`]));
    const kinds = [...new Set(run.messages.kind)].map((kind) => run.strings[kind]).sort();
    fill('kind', 'all messages', kinds.map((kind) => [kind, kind]));
  }

  resize() {
    this.views.forEach((view) => view.resize());
    this.overview.resize();
    this.refresh();
  }

  /** Draws at the next frame, however often it is asked for. */
  refresh(isPanelToo = true) {
    this.isPanelStale ||= isPanelToo;
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
    });
  }

  paint() {
    const [partner] = this.other ? this.counterpart() : [-1];
    this.view.draw(this);
    this.other?.draw({ cursor: partner, lane: this.other.run.lane[partner] ?? -1, chain: null });
    this.overview.draw(this.cursor);
    // A button that is pressed must still be there when it is let go.
    if (!this.isPanelStale || this.isPanelHeld) return;
    this.panel.draw();
    this.isPanelStale = false;
  }

  /** The window or the filter has changed. */
  repaint() {
    if (this.other) this.other.axis.show(this.view.axis.left, this.view.axis.right);
    this.views.forEach((view) => { view.isStale = true; });
    this.refresh(false);
    this.address.write();
  }

  /** Puts the cursor on a fact. */
  go(fact, { isLaneKept = false } = {}) {
    if (fact < 0 || fact >= this.run.size) return;
    const { axis, lanes } = this.view;
    this.cursor = fact;
    if (!isLaneKept && this.run.lane[fact] >= 0) this.lane = this.run.lane[fact];
    const window = [axis.left, lanes.scroll].join();
    axis.reveal(fact);
    lanes.reveal(this.run.lane[fact], this.view.height);
    if (this.chain) this.chain = this.view.causes.of(fact);
    if (window !== [axis.left, lanes.scroll].join()) this.repaint();
    this.refresh();
    this.address.write();
  }

  /** The fact of the other run at the cursor's step, or at the nearest common step before it. */
  counterpart() {
    const { run } = this;
    let step = run.step[this.cursor];
    const isSame = this.partner.has(step);
    while (step > 0 && !this.partner.has(step)) step -= 1;
    const first = this.other.run.firstOf(this.partner.get(step) ?? 0);
    const offset = isSame ? this.cursor - run.firstOf(step) : 0;
    const isThere = this.other.run.step[first + offset] === this.other.run.step[first];
    return [Math.min(isThere ? first + offset : first, this.other.run.size - 1), isSame];
  }

  filterBy(wanted) {
    const { lane, operation, kind } = this.view.filter;
    const next = { lane, operation, kind, ...wanted };
    this.views.forEach((view) => {
      const named = view.run.lanes.findIndex(({ name }) => name === this.run.lanes[next.lane]?.name);
      view.filter = new Filter(view.run, { ...next, lane: named });
      const shown = view.filter.isOpen ? view.run.lanes.map((_, one) => one) : view.filter.lanes(0, view.run.size - 1);
      view.lanes.choose(shown);
      view.lanes.fit(view.height);
    });
    this.isBusyOnly = false;
    document.getElementById('busy').textContent = 'all lanes';
    document.getElementById('tablet').value = next.lane >= 0 ? this.run.name(next.lane) : '';
    document.getElementById('operation').value = next.operation >= 0 ? next.operation : '';
    document.getElementById('kind').value = next.kind;
    this.repaint();
    this.refresh();
  }

  /** Shows only lanes that have a part in what is in the window, or all again. */
  toggleQuietLanes() {
    this.isBusyOnly = !this.isBusyOnly;
    this.views.forEach(({ run, axis, lanes, filter, height }) => {
      const all = filter.isOpen ? run.lanes.map((_, lane) => lane) : filter.lanes(0, run.size - 1);
      lanes.choose(this.isBusyOnly ? filter.lanes(axis.factAt(axis.left), axis.factAt(axis.right)) : all);
      lanes.fit(height);
    });
    document.getElementById('busy').textContent = this.isBusyOnly ? 'busy lanes' : 'all lanes';
    this.repaint();
  }

  toggleCauses() {
    this.chain = this.chain ? null : this.view.causes.of(this.cursor);
    if (this.chain) this.panel.open.set('What', true);
    this.refresh();
    this.address.write();
  }

  setMode(mode) {
    this.views.forEach(({ axis }) => axis.setMode(mode));
    this.views.forEach(({ axis }) => axis.whole());
    document.getElementById('mode').textContent = mode === 'time' ? 'time' : 'steps';
    this.overview.picture = null;
    this.repaint();
  }

  /** The next fact that has all the words of the search. */
  search(direction = 1) {
    const words = document.getElementById('search').value.toLowerCase().split(' ').filter(Boolean);
    if (words.length === 0) return;
    const found = this.view.filter.next(this.cursor, direction, this.run.matcher(words));
    this.say(found === this.cursor ? `nothing more with “${words.join(' ')}”` : '');
    this.go(found);
  }

  jump(text) {
    const step = Number(text);
    if (text !== '' && Number.isFinite(step)) this.go(Math.min(this.run.firstOf(step), this.run.size - 1));
  }

  togglePlay() {
    clearInterval(this.playing);
    this.playing = this.playing ? 0 : setInterval(() => {
      const before = this.cursor;
      KEYS.ArrowRight.act(this);
      if (before === this.cursor) this.togglePlay();
    }, 120);
    document.getElementById('play').textContent = this.playing ? '❚❚' : '▶';
  }

  /** Takes a fault: copies the command, or runs it where there is a world behind the page. */
  branch(line, command) {
    if (this.explorer) return this.explorer.take(line);
    const copied = navigator.clipboard?.writeText(command) ?? Promise.reject(new Error('no clipboard'));
    copied.then(() => this.say('copied'), () => this.say('select the command below the button and copy it'));
    return undefined;
  }

  say(text) {
    document.getElementById('said').textContent = text;
  }

  listen() {
    listenToKeys(this);
    listenToMouse(this);
    window.addEventListener('resize', () => this.resize());
    window.addEventListener('hashchange', () => this.address.read());
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.overview.picture = null;
      this.repaint();
    });
  }
}
