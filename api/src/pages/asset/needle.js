// What the pages do better with a script; without it every page works by its links and buttons.

// A link that signs in: the token stands behind "#", which browsers send to no server. It leaves the address at once.
const signIn = document.querySelector("form[data-token-link]");
if (signIn && location.hash.startsWith("#ndl_")) {
  signIn.elements.token.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname + location.search);
  // A page of another site must not sign somebody in as somebody else.
  const cameByLink = document.referrer !== "" || "asksFirst" in signIn.dataset;
  if (!cameByLink) signIn.submit();
}

// Parts that the server renders anew while something works: polled while they ask for it.
async function follow(part) {
  while (part.dataset.follow) {
    await new Promise((done) => setTimeout(done, 1000));
    if (document.hidden) continue;
    try {
      const answer = await fetch(part.dataset.follow, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) return;
      const text = await answer.text();
      if (text !== part.innerHTML) part.innerHTML = text;
      const isAtWork = part.querySelector("[data-at-work]") !== null;
      if (!isAtWork) {
        if (part.dataset.wasAtWork) location.reload();
        return;
      }
      part.dataset.wasAtWork = "true";
    } catch {
      return;
    }
  }
}
document.querySelectorAll("[data-follow]").forEach(follow);

// A form that is answered while it is filled in.
const checked = document.querySelector("form[data-check]");
if (checked) {
  const place = document.getElementById(checked.dataset.checkInto);
  let timer;
  let asked = 0;
  checked.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const mine = ++asked;
      const fields = new URLSearchParams(new FormData(checked));
      fields.delete("csrf");
      fields.delete("rationale");
      place.setAttribute("aria-busy", "true");
      try {
        const answer = await fetch(checked.dataset.check + "?" + fields, { headers: { Accept: "text/html" } });
        if (mine === asked && answer.ok && !answer.redirected) place.innerHTML = await answer.text();
      } finally {
        if (mine === asked) place.removeAttribute("aria-busy");
      }
    }, 350);
  });
}
