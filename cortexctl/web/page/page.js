// What textual-serve's script leaves to the page.
window.addEventListener("load", async () => {
  document.querySelector(".ended button").addEventListener("click", () => location.reload());
  focusWhenThere();
  await document.fonts.load('16px "Roboto Mono"').catch(() => {}); // the letters are measured once
  const script = document.createElement("script");
  script.src = "textual.js";
  script.addEventListener("load", () => window.onload()); // which it has set, too late to be called
  document.head.append(script);
});

// Keys go to the dashboard from the beginning.
function focusWhenThere() {
  new MutationObserver((changes, observer) => {
    if (document.body.classList.contains("-first-byte")) {
      observer.disconnect();
      document.querySelector(".xterm-helper-textarea").focus();
    }
  }).observe(document.body, { attributeFilter: ["class"] });
}
