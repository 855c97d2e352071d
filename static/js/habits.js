// What a page offers beside its content: keys, help, search, sound, a screen on the wall.
import * as help from "./help.js";
import * as keys from "./keys.js";
import * as kiosk from "./kiosk.js";
import * as search from "./search.js";
import * as sound from "./sound.js";

help.start();
search.start();
sound.start();
kiosk.start();
keys.start({ "?": help.open, "/": search.open });

// The list of the header closes as menus do.
const tools = document.getElementById("tools");
document.addEventListener("click", (event) => tools.contains(event.target) || tools.removeAttribute("open"));
tools.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  tools.removeAttribute("open");
  tools.querySelector("summary").focus();
});
