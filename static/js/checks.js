// The list of checks: a choice applies at once; the button is for who has no script.
document.addEventListener("change", (event) => {
  if (event.target.matches(".search select")) event.target.form.requestSubmit();
});
