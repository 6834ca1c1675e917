"""What the keys do, once: the overview, the cards, the help and the footer read it here.

An id names a binding, so that a person may give it another key (Textual's keymap).
"""

from __future__ import annotations

from dataclasses import replace

from textual.binding import Binding

APPROVE = Binding(
    "a", "order('approve')", "Approve", id="decision.approve", tooltip="Let the selected action be executed; asks first"
)
REJECT = Binding(
    "x", "order('reject')", "Reject", id="decision.reject", tooltip="Turn the selected action down; asks first"
)
ACKNOWLEDGE = Binding(
    "k",
    "order('acknowledge')",
    "Acknowledge",
    id="alert.acknowledge",
    tooltip="I look after the selected alert: no more reminders",
)
RESOLVE = Binding("d", "order('resolve')", "Done", id="alert.resolve", tooltip="The selected alert is over; asks first")
RUN = Binding("r", "order('run')", "Run", id="inspection.run", tooltip="Run the selected inspection now")
ZOOM = Binding("z", "zoom", "Zoom", id="view.zoom", tooltip="The focused list on the whole screen, and back")
UNZOOM = Binding("escape", "unzoom", "All lists", show=False, id="view.unzoom", tooltip="All lists again")
HELP = Binding("question_mark", "help", "Keys", id="app.help", key_display="?", tooltip="What the keys do")
QUIT = Binding("q", "quit", "Quit", id="app.quit", tooltip="Leave; the daemon goes on")
INTERRUPT = Binding("ctrl+c", "quit", "Quit", show=False, id="app.interrupt", tooltip="Leave; the daemon goes on")

OVERVIEW = (APPROVE, REJECT, ACKNOWLEDGE, RESOLVE, RUN, ZOOM, UNZOOM)
APP = (HELP, QUIT, INTERRUPT)
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
