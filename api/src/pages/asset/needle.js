// Enhancements of the pages. Without scripts every page works with its links and buttons.

// A link that signs in: the token is in the fragment of the URL, which browsers do not send. It is removed at once.
const signIn = document.querySelector("form[data-token-link]");
if (signIn && location.hash.startsWith("#ndl_")) {
  signIn.elements.token.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname + location.search);
  // A link may come from anybody: the page says whose sign-in it is, and the visitor decides.
  introduce(signIn, signIn.elements.token.value);
}

async function introduce(form, token) {
  const note = form.querySelector("[data-token-owner]");
  try {
    const headers = { "Content-Type": "application/json", Accept: "application/json", Authorization: `Bearer ${token}` };
    const body = JSON.stringify({ query: "{ viewer { name role } }" });
    const reply = await fetch("/graphql", { method: "POST", headers, body, credentials: "omit" });
    const viewer = (await reply.json()).data?.viewer;
    note.textContent = viewer
      ? `This link signs you in as ${viewer.name} (${viewer.role.toLowerCase()}). Go on only if that is you.`
      : "The token of this link is not valid.";
  } catch {
    note.textContent = "This link holds a token. Go on only if it was made for you.";
  }
  note.hidden = false;
  form.querySelector("button").focus();
}

// Parts that the server renders again while a run is in progress: polled once a second until none is.
async function follow(part) {
  while (part.dataset.follow) {
    await new Promise((done) => setTimeout(done, 1000));
    if (document.hidden) continue;
    try {
      const reply = await fetch(part.dataset.follow, { headers: { Accept: "text/html" } });
      if (!reply.ok || reply.redirected) return;
      const text = await reply.text();
      if (text !== part.innerHTML) part.innerHTML = text;
      const isRunning = part.querySelector("[data-running]") !== null;
      if (!isRunning) {
        if (part.dataset.wasRunning) location.reload();
        return;
      }
      part.dataset.wasRunning = "true";
    } catch {
      return;
    }
  }
}
document.querySelectorAll("[data-follow]").forEach(follow);

// A form that the server checks while it is filled in. Replies to earlier requests are dropped.
const checked = document.querySelector("form[data-check]");
if (checked) {
  const panel = document.getElementById(checked.dataset.checkInto);
  let timer;
  let latest = 0;
  checked.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const current = ++latest;
      const fields = new URLSearchParams(new FormData(checked));
      fields.delete("csrf");
      fields.delete("rationale");
      panel.setAttribute("aria-busy", "true");
      try {
        const reply = await fetch(checked.dataset.check + "?" + fields, { headers: { Accept: "text/html" } });
        if (current === latest && reply.ok && !reply.redirected) panel.innerHTML = await reply.text();
      } finally {
        if (current === latest) panel.removeAttribute("aria-busy");
      }
    }, 350);
  });
}
