// A provider of OpenID Connect for the journeys: `node provider.js PORT CALLBACK`. Whoever types a name is believed.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [port, callback] = process.argv.slice(2);
const people = {
  ada: { email: "ada@example.org", email_verified: true, name: "Ada Lovelace" },
  grace: { email: "grace@example.org", email_verified: true, name: "Grace Hopper" },
  mallory: { email: "ada@example.org", email_verified: false, name: "Ada Lovelace" },
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: "teamflow",
      client_secret: "between the two of us",
      redirect_uris: [callback],
      grant_types: ["authorization_code"],
      response_types: ["code"],
    },
  ],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  cookies: { keys: ["only for tests"] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  // Nobody is asked whether they agree.
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope("openid email profile");
    await grant.save();
    return grant;
  },
});

const page = `<!doctype html><html lang="en"><title>Company</title><link rel="icon" href="data:,">
  <h1>Company</h1><form method="post"><label>Name <input name="login"></label><button>Go on</button></form></html>`;

async function interact(request, response) {
  if (request.method !== "POST") {
    response.setHeader("content-type", "text/html");
    return response.end(page);
  }
  let body = "";
  for await (const part of request) body += part;
  const accountId = new URLSearchParams(body).get("login");
  await provider.interactionFinished(request, response, { login: { accountId } }, { mergeWithLastSubmission: false });
}

const handle = provider.callback();
const server = createServer((request, response) => {
  if (!request.url.startsWith("/interaction/")) return handle(request, response);
  interact(request, response).catch((error) => {
    response.statusCode = 500;
    response.end(String(error));
  });
});
server.listen(Number(port), "127.0.0.1", () => process.stdout.write("ready\n"));
