"""Error groups: errors that are alike counted as one thing that is wrong, which people resolve or ignore."""
