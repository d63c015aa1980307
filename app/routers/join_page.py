"""The page behind a one-time link, in HTML: the same for everybody, and nothing in it comes from elsewhere.

The secret is in the fragment, which only the page's own script sees: it takes it out of the address bar first, and
sends it in bodies alone. Nothing that an answer says is taken for markup.
"""

from __future__ import annotations

from app.identity.password_rules import LONGEST, SHORTEST
from app.routers.page_style import STYLE as PLAIN
from app.routers.page_style import source_of

_STYLE = (
    PLAIN
    + """
label { display: block; font-weight: 600; margin: 1rem 0 .25rem; }
input { font: inherit; color: inherit; background: transparent; border: 2px solid currentColor; border-radius: .5rem; }
input:not([type=checkbox]) { width: 100%; box-sizing: border-box; min-height: 3rem; padding: .25rem .75rem; }
input[type=checkbox] { width: 1.5rem; height: 1.5rem; margin: 0 .5rem 0 0; vertical-align: middle; }
input:focus-visible, h1:focus-visible { outline: 3px solid var(--button); outline-offset: 2px; }
#faults:not(:empty) { border-left: .375rem solid currentColor; margin: 1rem 0; padding-left: .75rem; }
"""
)
_SCRIPT = """
"use strict";
const at = id => document.getElementById(id);
const secret = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
addEventListener("hashchange", () => location.reload());
let opened = null;

const say = (where, texts) => where.replaceChildren(...texts.map(text => {
  const line = document.createElement("p");
  line.textContent = text;
  return line;
}));
const show = (heading, texts, {form = false, retry = false} = {}) => {
  document.title = heading + " · Peerline";
  at("heading").textContent = heading;
  say(at("text"), texts);
  at("form").hidden = !form;
  at("retry").hidden = !retry;
  at("heading").focus();
};
const send = (path, body) => fetch(path, {
  method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body), credentials: "omit",
});
const nothing = () => show("This link opens nothing", [
  "It was used before, it has expired, it was taken back, or it is not whole.",
  "If you have chosen a password with it, sign in with that. Otherwise ask whoever sent it for a new one.",
]);
const notNow = retry => show("This did not work just now", ["Nothing is lost. Please try again in a moment."], {retry});

const look = async () => {
  if (!secret) return show("There is no link here", ["Open it once more from the message that it came in."]);
  let answer;
  try { answer = await send("/v1/invitations/look", {secret}); } catch { return notNow(true); }
  if (answer.status === 404 || answer.status === 422) return nothing();
  if (!answer.ok) return notNow(true);
  opened = await answer.json();
  if (opened.waits_for_confirmation) return show("Not yet", [
    "A second person at " + opened.school_name + " has to confirm this link before it does anything.",
    "Open it once more from its message when you have been told so.",
  ]);
  const join = opened.purpose === "join";
  const roles = opened.roles.map(role => role.replaceAll("_", " ")).join(", ");
  at("login").value = opened.login;
  at("send").textContent = join ? "Join" : "Set this password";
  show(join ? "Join " + opened.school_name : "Choose a new password", [
    (join ? opened.school_name + " invites " + opened.alias : "For " + opened.alias + " at " + opened.school_name)
      + (roles ? ", as: " + roles + "." : "."),
    "If that is not you, close this page.",
  ], {form: true});
};

const accept = async () => {
  const password = at("password").value;
  const faults = [];
  if ([...password].length < SHORTEST) faults.push("A password has at least SHORTEST characters.");
  if (password !== at("again").value) faults.push("The two passwords are not the same.");
  if (faults.length) return refuse(faults);
  let answer;
  try { answer = await send("/v1/invitations/accept", {secret, password}); } catch { answer = null; }
  if (answer?.status === 404) return nothing();
  if (answer?.status === 422) {
    const problem = await answer.json();
    return refuse((problem.errors ?? []).map(each => each.detail));
  }
  if (answer?.status === 429) return refuse(["Too many tries. Wait a minute, and try again."]);
  if (!answer?.ok) return refuse(["This did not work just now. Please try again in a moment."]);
  const pair = await answer.json();
  at("password").value = at("again").value = "";
  show(opened.purpose === "join" ? "You have joined" : "Your new password is set", [
    "Now open the app that your school uses, and sign in as " + opened.login + " with this password.",
    "This link has done its work: you can close this page.",
  ]);
  // Nobody is signed in here: the app does that.
  const headers = {Authorization: "Bearer " + pair.access_token};
  fetch("/v1/auth/revoke", {method: "POST", headers, credentials: "omit"}).catch(() => {});
};
const refuse = texts => {
  say(at("faults"), texts);
  at("password").setAttribute("aria-invalid", "true");
  at("password").focus();
};

at("show").addEventListener("change", event => {
  for (const id of ["password", "again"]) at(id).type = event.target.checked ? "text" : "password";
});
at("retry").addEventListener("click", look);
at("form").addEventListener("submit", async event => {
  event.preventDefault();
  say(at("faults"), []);
  at("password").removeAttribute("aria-invalid");
  at("send").disabled = true;
  await accept();
  at("send").disabled = false;
});
look();
""".replace("SHORTEST", str(SHORTEST))
DOCUMENT = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>One moment · Peerline</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1 id="heading" tabindex="-1">One moment</h1>
<div id="text"></div>
<noscript><p>This page needs JavaScript: switch it on, or open the link in another browser.</p></noscript>
<button id="retry" type="button" hidden>Try again</button>
<form id="form" hidden novalidate>
<label for="login">You sign in as</label>
<input id="login" autocomplete="username" readonly>
<label for="password">Password</label>
<p id="rules">{SHORTEST} to {LONGEST} characters: a few words in a row are easy to keep. Anything that you can type is
good, blanks too. Not mostly your login, your name or your school; no well-known phrase; no keys in a row, and not the
same few characters again and again.</p>
<input id="password" type="password" autocomplete="new-password" required aria-describedby="rules faults">
<label for="again">The same password once more</label>
<input id="again" type="password" autocomplete="new-password" required>
<label for="show"><input id="show" type="checkbox">Show what I type</label>
<div id="faults" role="alert"></div>
<button id="send" type="submit">Join</button>
</form>
</main>
<script>{_SCRIPT}</script>
</body>
</html>
"""
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; script-src {source_of(_SCRIPT)}; style-src {source_of(_STYLE)}; connect-src 'self'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}
