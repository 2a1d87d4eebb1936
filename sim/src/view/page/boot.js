// The beginning: unpacks the data that the page carries, and shows it.
'use strict';

/** Base64 of a zlib stream of JSON. */
async function unpack(text) {
  const letters = atob(text);
  const packed = new Uint8Array(letters.length);
  for (let place = 0; place < packed.length; place++) packed[place] = letters.charCodeAt(place);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
  return JSON.parse(await new Response(stream).text());
}

async function boot() {
  const packed = document.getElementById('data');
  const app = new App(await unpack(packed.textContent));
  packed.remove();
  app.paint();
  window.app = app;
  // How many milliseconds after it was asked for.
  document.body.dataset.ready = Math.round(performance.now());
}

boot().catch((error) => {
  document.getElementById('said').textContent = `This page cannot be shown: ${error.message}`;
  document.body.dataset.failed = error.stack;
});
