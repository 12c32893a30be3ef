// The stream of glances: one a second, from the server. It goes on where it was after the server or the network was
// away, and rests while nobody looks at the page.

const RETRY_MILLIS = 1000;

export function follow(onGlance) {
  let source = null;
  let last = 0;
  let again = 0;

  function open() {
    close();
    source = new EventSource(last ? `events?after=${last}` : "events");
    source.addEventListener("glance", (event) => {
      const glance = JSON.parse(event.data);
      last = glance.timeMillis;
      onGlance(glance);
    });
    // By itself it comes again after a lost connection, but not after an answer such as 503.
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) again = setTimeout(open, RETRY_MILLIS);
    });
  }

  function close() {
    clearTimeout(again);
    source?.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  if (!document.hidden) open();
}
