"""Another process that appends items until its standard input ends; then prints the last id."""

import random
import select
import sys
from pathlib import Path

from gamepilot_mon import db, feed, nudge
from gamepilot_mon.clock import utcnow

EVENTS = ("alert:new", "health:update", "alert:update", "performance:update")

url, folder = sys.argv[1:]
db.open_database(url)
db.after_commit(nudge.Sender(nudge.folder_of(Path(folder))))
chance = random.Random(7)
while True:
    with db.write():
        for _ in range(chance.randint(1, 4)):
            newest = feed.append(chance.choice(EVENTS), {"pad": "x" * chance.randint(0, 2000)}, utcnow())
    # Waiting for the end of the input is also the pause between two writes.
    if select.select([sys.stdin], [], [], chance.random() * 0.008)[0]:
        print(newest)
        break
