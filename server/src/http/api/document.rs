//! The description of the API: the frame around what the handlers say of themselves, and what all operations have.

use crate::http::doors;
use crate::http::error::Envelope;
use serde_json::{Value, json};
use shared::access::Permission;
use shared::codes::Code;
use shared::limits::KeyScope;
use utoipa::OpenApi;

const ABOUT: &str = "\
Everything that a board shows, and every change to it, for programs. Create a personal access token in your account's \
settings or with `teamflow token create --user MAIL`, and send it as `Authorization: Bearer tf_...`. A program that people \
sign in to exchanges their password for an access token (a JWT that `/.well-known/jwks.json` verifies) and a refresh token \
at `/api/v1/auth/sign-in`.

- **Fields** of resources are in snake_case; ids are UUIDs, moments RFC 3339 in UTC, days `YYYY-MM-DD`. Unknown fields \
and parameters are refused.
- **Lists** come in pages: `items`, and a `nextCursor` to ask for the next page with as `cursor`.
- **Errors** all have one shape; match on `error.code`. What you may not see is answered as if it did not exist.
- **Versions**: a resource's `version` is also its `ETag`. Send it back in the body or in `If-Match`, and a change of \
something that was changed in the meantime is refused with `version_conflict`.
- **Permissions**: each operation names the one that it asks for in `x-permission`; your role decides whether you hold \
it.
- **Scopes**: a token or a grant may less than its person where they said so. Each operation names the scope that it takes \
in `x-scope`: `read`, `comment`, `write` or `admin`; without one it takes a person who signed in. What is refused for want \
of one is `insufficient_scope`.
- **Programs that people let in** get their tokens by OAuth 2.1 with PKCE: see `/.well-known/oauth-authorization-server`.
- **Idempotency**: a write with an `Idempotency-Key` takes effect once, however often it is sent.";

#[derive(OpenApi)]
#[openapi(
    info(title = "TeamFlow", description = ABOUT, license(name = "Apache-2.0", identifier = "Apache-2.0")),
    components(schemas(Envelope)),
    tags(
        (name = "Sessions", description = "Signing in, and where you are signed in"),
        (name = "Workspaces", description = "Where people work together"),
        (name = "Projects", description = "Bodies of work, each with a board"),
        (name = "Statuses", description = "The columns of a board"),
        (name = "Tasks", description = "Units of work"),
        (name = "Comments", description = "What people say about a task"),
    ),
)]
struct Frame;

/// What the handlers' descriptions are put into.
pub(super) fn frame() -> utoipa::openapi::OpenApi {
    Frame::openapi()
}

/// An answer that many operations have, by the name under which they refer to it.
struct Common {
    name: &'static str,
    status: &'static str,
    code: Code,
    description: &'static str,
    /// Only operations that change something have it.
    writes_only: bool,
}

const COMMON: [Common; 9] = [
    Common {
        name: "Invalid",
        status: "400",
        code: Code::InvalidValue,
        description: "The request cannot be read, or a value is not acceptable: `details.field` names it.",
        writes_only: false,
    },
    Common {
        name: "Unauthenticated",
        status: "401",
        code: Code::Unauthenticated,
        description: "There is no token or session, or it is worth nothing any more.",
        writes_only: false,
    },
    Common {
        name: "Forbidden",
        status: "403",
        code: Code::NotAllowed,
        description: "Your role does not allow it, or the request came from another site.",
        writes_only: true,
    },
    Common {
        name: "NotFound",
        status: "404",
        code: Code::NotFound,
        description: "There is nothing, or you may not see it.",
        writes_only: false,
    },
    Common {
        name: "Conflict",
        status: "409",
        code: Code::VersionConflict,
        description: "It does not fit what is there: the version, the key, or the state.",
        writes_only: true,
    },
    Common {
        name: "TooLarge",
        status: "413",
        code: Code::TooLarge,
        description: "The body is larger than allowed.",
        writes_only: true,
    },
    Common {
        name: "TooManyRequests",
        status: "429",
        code: Code::TooManyRequests,
        description: "Too often: try again after `Retry-After` seconds. `RateLimit-Limit`, `RateLimit-Remaining` and \
            `RateLimit-Reset` of other answers tell how much is left.",
        writes_only: false,
    },
    Common {
        name: "Unavailable",
        status: "503",
        code: Code::Unavailable,
        description: "Busy or shutting down: try again after `Retry-After` seconds.",
        writes_only: false,
    },
    Common {
        name: "Failed",
        status: "default",
        code: Code::Internal,
        description: "Any other error.",
        writes_only: false,
    },
];

impl Common {
    fn response(&self) -> Value {
        let example = json!({ "error": {
            "code": self.code,
            "message": self.code.text(),
            "details": {},
            "requestId": "0af7651916cd43dd8448",
        } });
        let schema = json!({ "$ref": "#/components/schemas/Error" });
        json!({
            "description": self.description,
            "content": { "application/json": { "schema": schema, "example": example } },
        })
    }
}

/// The description with what is the same everywhere.
pub(super) fn completed(openapi: &utoipa::openapi::OpenApi) -> Value {
    let mut document = serde_json::to_value(openapi).expect("a description is plain data");
    let components = &mut document["components"];
    for common in &COMMON {
        components["responses"][common.name] = common.response();
    }
    components["parameters"] = parameters();
    components["securitySchemes"] = security();
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    components["schemas"]["ErrorBody"]["properties"]["code"]["enum"] = json!(codes);
    document["security"] = json!([{ "token": [] }, { "session": [] }, { "grant": [] }]);
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            complete(method, path, operation);
            let asked = doors::permission(&method.to_uppercase(), path);
            operation["x-permission"] = json!(asked.map(Permission::as_str));
            let scope = asked.and_then(|asked| doors::scope(path, asked));
            operation["x-scope"] = json!(scope.map(KeyScope::as_str));
        }
    }
    document
}

fn complete(method: &str, path: &str, operation: &mut Value) {
    let writes = method != "get";
    // Signing in twice makes two sessions, and a refresh token is good once anyway.
    let is_once = writes && !path.starts_with("/api/v1/auth/");
    for common in COMMON.iter().filter(|common| writes || !common.writes_only) {
        let reference = format!("#/components/responses/{}", common.name);
        operation["responses"][common.status] = json!({ "$ref": reference });
    }
    let based_on_a_version =
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            .as_str()
            .is_some_and(|schema| schema.ends_with("Patch") || schema.ends_with("/Move"));
    let names = [("IdempotencyKey", is_once), ("IfMatch", based_on_a_version)];
    for (name, _) in names.iter().filter(|(_, has)| *has) {
        let reference = json!({ "$ref": format!("#/components/parameters/{name}") });
        match operation["parameters"].as_array_mut() {
            Some(parameters) => parameters.push(reference),
            None => operation["parameters"] = json!([reference]),
        }
    }
}

fn parameters() -> Value {
    json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "1 to 200 visible ASCII characters of your own. The same request under the same key takes \
                effect once; another request under it is refused with `idempotency_key_reused`.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$" },
        },
        "IfMatch": {
            "name": "If-Match",
            "in": "header",
            "description": "The `ETag` that the change is based on. Like the field `version`, which counts first.",
            "schema": { "type": "string", "pattern": "^\"[0-9]{1,18}\"$" },
            "example": "\"42\"",
        },
    })
}

fn security() -> Value {
    let scopes = KeyScope::ALL.map(|scope| (scope.as_str().to_owned(), json!(scope.meaning())));
    let scopes: serde_json::Map<String, Value> = scopes.into_iter().collect();
    json!({
        "grant": {
            "type": "oauth2",
            "description": "A program that a person let in.",
            "flows": { "authorizationCode": {
                "authorizationUrl": "/oauth/authorize",
                "tokenUrl": "/oauth/token",
                "refreshUrl": "/oauth/token",
                "scopes": scopes,
            } },
        },
        "token": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "tf_...",
            "description": "A personal access token, or the access token of a session.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "teamflow_access",
            "description": "The cookie of a signed-in browser; `__Host-teamflow_access` over HTTPS. Writes must come \
                from this server's own pages.",
        },
    })
}
