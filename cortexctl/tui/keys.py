"""What the keys do, once: the places, the cards, the help and the footer read it here.

An id names a binding, so that a person may give it another key (`keys` in dashboard.yaml; Textual's keymap).
"""

from __future__ import annotations

from dataclasses import replace

from textual.binding import Binding

from cortexctl.tui.place import PLACES

APPROVE = Binding(
    "a", "order('approve')", "Approve", id="decision.approve", tooltip="Let the selected action be executed; asks first"
)
REJECT = Binding(
    "x", "order('reject')", "Reject", id="decision.reject", tooltip="Turn the selected action down; asks first"
)
ACKNOWLEDGE = Binding(
    "k",
    "order('acknowledge')",
    "Ack",
    id="alert.acknowledge",
    tooltip="I look after the selected alert: no more reminders",
)
SILENCE = Binding(
    "s", "order('silence')", "Silence", id="alert.silence", tooltip="The selected alert is not told for a while; asks"
)
RESOLVE = Binding("d", "order('resolve')", "Done", id="alert.resolve", tooltip="The selected alert is over; asks first")
RUN = Binding("r", "order('run')", "Run", id="inspection.run", tooltip="Run the selected inspection now")
ZOOM = Binding("z", "zoom", "Zoom", id="view.zoom", tooltip="The focused list on the whole screen, and back")
UNZOOM = Binding("escape", "unzoom", "All lists", show=False, id="view.unzoom", tooltip="All lists again")
FILTER = Binding(
    "slash",
    "filter",
    "Filter",
    key_display="/",
    priority=True,  # what is typed right behind it is no order
    id="list.filter",
    tooltip="Only the rows that have …",
)
CLEAR = Binding("escape", "clear", "All", id="list.clear", tooltip="No filter any more")
GROUP = Binding("g", "group", "Group", id="alerts.group", tooltip="What is about one thing together, and back")
HISTORY = Binding("o", "history", "Past", id="alerts.history", tooltip="Only open alerts, or those of the past, too")
EXPORT = Binding(
    "e",
    "order('export')",
    "Export",
    id="incident.export",
    tooltip="The selected incident as a post-mortem, in a new file",
)
CONFIRM = Binding(
    "c", "order('confirm')", "Confirm", id="change.confirm", tooltip="The selected change stays; asks first"
)
ROLL_BACK = Binding(
    "b", "order('roll_back')", "Roll back", id="change.roll-back", tooltip="Put the selected change back; asks first"
)
HELP = Binding("question_mark", "help", "Keys", id="app.help", key_display="?", tooltip="What the keys do")
QUIT = Binding("q", "quit", "Quit", id="app.quit", tooltip="Leave; the daemon goes on")
INTERRUPT = Binding("ctrl+c", "quit", "Quit", show=False, id="app.interrupt", tooltip="Leave; the daemon goes on")

GO = tuple(
    Binding(place.key, f"go('{place.id}')", place.name, show=False, id=f"go.{place.id}", tooltip=place.what)
    for place in PLACES
)
APP = (HELP, QUIT, INTERRUPT, *GO)
LIST = (FILTER, CLEAR)
OVERVIEW = (APPROVE, REJECT, ACKNOWLEDGE, SILENCE, RESOLVE, RUN, ZOOM, UNZOOM)
ALERTS = (ACKNOWLEDGE, SILENCE, RESOLVE, GROUP, HISTORY)
INCIDENTS = (EXPORT,)
DECISIONS = (APPROVE, REJECT)
CHANGES = (CONFIRM, ROLL_BACK)
OF_PLACE = {
    "overview": OVERVIEW,
    "alerts": (*LIST, *ALERTS),
    "incidents": (*LIST, *INCIDENTS),
    "decisions": (*LIST, *DECISIONS),
    "changes": (*LIST, *CHANGES),
}
"""What the keys of each place are, beside those of `APP`: no two of them may be the same key."""
MOVING = (
    ("Tab", "Next list", "Shift+Tab goes back"),
    ("↑ ↓", "Select", "Also page up and down, home and end, and the mouse"),
    ("Enter", "Details", "Everything about the selected row; also a double click"),
    ("Esc", "Back", "Close what is open; nothing is done"),
    ("Ctrl+P", "Palette", "What can be done now, by name"),
)
"""Textual's own keys and those of the lists."""


def choosing(binding: Binding) -> Binding:
    """The same key on a card: there it chooses what will be done with its subject."""
    return replace(binding, action=binding.action.replace("order(", "choose("))
