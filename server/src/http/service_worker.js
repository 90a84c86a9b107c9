// The service worker. It keeps the application: every file that the page may need, and one empty document. It changes no
// data: /sync, /api and forms go to the server as they are, and what pages have kept is only read, to be sent.
const BUILD = "{build}";
const FILES = {files};
const CACHE = `teamflow-build-${BUILD}`;
const BUILDS = "teamflow-build-";
// Written by app/src/sync/driver/offline/install.rs.
const MARKS = "teamflow-marks";
const DOCUMENT = "/app-shell";
const PATIENCE_MS = 2_500;
// The databases of app/src/sync/driver/offline/outbox.rs, by the person; the same names are the tags of a sync.
const OUTBOX = "teamflow-outbox-";
// As many commands, and characters of them, as one request takes.
const COMMANDS_MAX = 64;
const CHARS_MAX = 60_000;

self.addEventListener("install", (event) => {
  // Where the browser can, what is never answered here does not even wake it.
  event.addRoutes?.({ condition: { urlPattern: { pathname: "/sync/*" } }, source: "network" });
  event.waitUntil(install());
});
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", (event) => {
  if (event.data === "activate") self.skipWaiting();
});
self.addEventListener("sync", (event) => {
  if (event.tag.startsWith(OUTBOX)) event.waitUntil(sendKept(event.tag));
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.mode === "navigate" && request.method === "POST" && url.pathname.endsWith("/sign-out")) {
    event.respondWith(signOut(request));
    return;
  }
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(navigate(request, url));
  else if (FILES.includes(url.pathname) && url.pathname !== DOCUMENT) event.respondWith(file(request));
});

async function install() {
  const cache = await caches.open(CACHE);
  const missing = [];
  for (const name of FILES) {
    // A file with a hash in its name is the same in every build.
    const known = name.startsWith("/pkg/") && (await caches.match(name));
    if (known) await cache.put(name, known);
    else missing.push(new Request(name, { cache: name.startsWith("/pkg/") ? "default" : "reload" }));
  }
  await cache.addAll(missing);
}

// Pages of the build before this one may still be open, and fetch parts of it.
async function activate() {
  const builds = (await caches.keys()).filter((name) => name.startsWith(BUILDS) && name !== CACHE);
  for (const name of builds.slice(0, -1)) await caches.delete(name);
  await self.clients.claim();
}

// From then on every page is the server's to make; the next one deletes the rows. Only once the server has answered: the
// page that is left may just have kept its rows, and said so.
async function signOut(request) {
  const answer = await fetch(request);
  await caches.delete(MARKS);
  return answer;
}

async function file(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

function late() {
  return new Promise((_, failed) => setTimeout(() => failed(new Error("no answer")), PATIENCE_MS));
}

async function navigate(request, url) {
  const cache = await caches.open(CACHE);
  const [, slug] = /^\/w\/([^/]+)/.exec(url.pathname) ?? [];
  const marks = await caches.open(MARKS);
  if (slug && (await marks.match(`/ready/${slug}`))) {
    const kept = await cache.match(DOCUMENT);
    if (kept) return kept;
  }
  // The installed application begins at the root, where nobody waits for a network that does not answer.
  const isKnown = url.pathname === "/" && (await marks.keys()).length > 0;
  try {
    return await (isKnown ? Promise.race([fetch(request), late()]) : fetch(request));
  } catch (error) {
    const kept = await cache.match(DOCUMENT);
    if (kept) return kept;
    throw error;
  }
}

// Sends what was kept while there was no server, though no page is open any more. Nothing is deleted, and no answer is
// looked at: the next page asks again, and is answered the same. What fails is tried again when the browser likes.
async function sendKept(name) {
  const user = name.slice(OUTBOX.length);
  let isLeft = false;
  for (const [workspace, replica, commands] of await readKept(name)) {
    // Whoever leads the pages holds this lock, and sends; while it is held here, none of them numbers anything anew.
    await navigator.locks.request(`teamflow:${user}:${workspace}`, { ifAvailable: true }, async (lock) => {
      const isSent = lock && (await sendAll(user, workspace, replica, commands));
      isLeft ||= !isSent;
    });
  }
  if (isLeft) throw new Error("not everything could be sent");
}

// By workspace, what a person has kept: the commands as texts, in the order of their numbers.
async function readKept(name) {
  const opening = indexedDB.open(name);
  // Whoever opens what is not there makes it; a page would find a database without stores.
  opening.onupgradeneeded = () => opening.transaction.abort();
  const db = await answered(opening).catch(() => undefined);
  if (!db) return [];
  try {
    const read = db.transaction(["replicas", "commands"]);
    const [workspaces, writers, keys, texts] = await Promise.all(
      ["replicas", "commands"].flatMap((store) => {
        const stored = read.objectStore(store);
        return [answered(stored.getAllKeys()), answered(stored.getAll())];
      }),
    );
    return workspaces.map((workspace, index) => {
      const own = texts.filter((_, at) => keys[at].startsWith(`${workspace}/`));
      return [workspace, JSON.parse(writers[index]).replica, own];
    });
  } finally {
    db.close();
  }
}

function answered(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

// Answers whether the server has taken it, or will not take it: then a page has to do something about it.
async function sendAll(user, workspace, replica, commands) {
  for (let from = 0, to; from < commands.length; from = to) {
    let chars = commands[from].length;
    for (to = from + 1; to < commands.length && to - from < COMMANDS_MAX; to++) {
      chars += commands[to].length;
      if (chars > CHARS_MAX) break;
    }
    const answer = await fetch(`/sw/push?workspace=${workspace}&user=${user}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `{"replica":"${replica}","commands":[${commands.slice(from, to)}]}`,
    });
    if (!answer.ok) return answer.status < 500;
  }
  return true;
}
