// The service worker. It keeps the application: every file that the page may need, and one empty document. It never
// touches data: /sync, /api and forms go to the server as they are.
const BUILD = "{build}";
const FILES = {files};
const CACHE = `teamflow-build-${BUILD}`;
const BUILDS = "teamflow-build-";
// Written by app/src/sync/driver/offline/install.rs.
const MARKS = "teamflow-marks";
const DOCUMENT = "/app-shell";

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", (event) => {
  if (event.data === "activate") self.skipWaiting();
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.mode === "navigate" && request.method === "POST" && url.pathname.endsWith("/sign-out")) {
    // From now on every page is the server's to make. The next one deletes the rows.
    event.waitUntil(caches.delete(MARKS));
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

async function file(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

async function navigate(request, url) {
  const cache = await caches.open(CACHE);
  const [, slug] = /^\/w\/([^/]+)/.exec(url.pathname) ?? [];
  const marks = await caches.open(MARKS);
  if (slug && (await marks.match(`/ready/${slug}`))) {
    const kept = await cache.match(DOCUMENT);
    if (kept) return kept;
  }
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await cache.match(DOCUMENT);
    if (kept) return kept;
    throw error;
  }
}
