"""The daemon's command line: `probed --config FILE`, and what must work without a running daemon."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from probed.errors import AlreadyRunning, ConfigError, CortexError, DocumentError, ParameterError

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

Call = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    arguments = command_line().parse_args(argv)
    call: Call = arguments.call
    try:
        code = call(arguments)
        sys.stdout.flush()
    except (ConfigError, AlreadyRunning, DocumentError, ParameterError) as error:
        print(f"probed: {error}", file=sys.stderr)
        return USAGE
    except CortexError as error:
        print(f"probed: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    else:
        return code


def command_line() -> argparse.ArgumentParser:
    configured = argparse.ArgumentParser(add_help=False)
    configured.add_argument(
        "--config", type=Path, metavar="FILE", default=argparse.SUPPRESS,
        help="the configuration (default: /etc/cortex/config.yaml, else the built-in defaults)",
    )  # fmt: skip
    parser = argparse.ArgumentParser(
        prog="probed", description="The Cortex daemon: watches this host.", parents=[configured]
    )
    parser.set_defaults(call=_serve)
    commands = parser.add_subparsers(metavar="COMMAND", title="commands that need no running daemon")
    commands.add_parser("version", help="print the version").set_defaults(call=_version)
    _add_config(commands.add_parser("config", help="look at the configuration"), configured)
    validate = commands.add_parser("validate", help="check inspection documents", parents=[configured])
    validate.add_argument("place", type=Path, nargs="?", help="their folder, or one of them (default: as configured)")
    validate.set_defaults(call=_validate)
    _add_inspection(commands.add_parser("inspection", help="write a document, and try it"), configured)
    _add_routes(commands.add_parser("routes", help="say where an alert would go", parents=[configured]))
    _add_restore(commands.add_parser("restore", help="put a backup in the place of the database", parents=[configured]))
    _add_available(
        commands.add_parser("available", help="list what can be named, also of other packages", parents=[configured])
    )
    discover = commands.add_parser("discover", help="propose inspections for what runs here", parents=[configured])
    discover.add_argument("--write", action="store_true", help="write them (default: only show them)")
    discover.add_argument("--json", action="store_true", help="print JSON")
    discover.set_defaults(call=_discover)
    words = "mask what may be secret: a JSON value from the standard input, as one on the standard output"
    commands.add_parser("mask", help=words, parents=[configured]).set_defaults(call=_mask)
    doctor = commands.add_parser("doctor", help="check the installation", parents=[configured])
    doctor.add_argument("--json", action="store_true", help="print JSON")
    doctor.add_argument("--production", action="store_true", help="also what a host needs before it is left alone")
    doctor.set_defaults(call=_doctor)
    _add_drill(commands.add_parser("drill", help="break a private host on purpose, and see whether that is seen"))
    _add_log(commands.add_parser("log", help="show the daemon's own log", parents=[configured]))
    _add_mock_model(
        commands.add_parser("mock-model", help="serve the Messages API on loopback, and answer by a script")
    )
    _add_demo(commands.add_parser("demo", help="tell a whole story in a private world, without a key or a network"))
    return parser


def _add_config(parser: argparse.ArgumentParser, configured: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(required=True)
    check = verbs.add_parser("check", help="say whether it can be used", parents=[configured])
    check.set_defaults(call=_config_check)
    show = verbs.add_parser("show", help="print what is in force", parents=[configured])
    show.add_argument("--json", action="store_true", help="print JSON")
    show.add_argument("--origin", action="store_true", help="say where each setting comes from")
    show.set_defaults(call=_config_show)
    history = verbs.add_parser("history", help="list those that were in force", parents=[configured])
    history.add_argument("--json", action="store_true", help="print JSON")
    history.set_defaults(call=_config_history)
    back = verbs.add_parser("rollback", help="write the last one that was in force, or another", parents=[configured])
    back.add_argument("name", nargs="?", default="", metavar="NAME", help="of `history`, or its beginning")
    back.add_argument("--yes", action="store_true", help="do not ask where it is not root's that root puts back")
    back.set_defaults(call=_config_rollback)


def _add_routes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("labels", nargs="*", metavar="LABEL=VALUE", help="of the alert (default: show all routes)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(call=_routes)


def _add_restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the backup, the beginning of its name, `latest`, or a path")
    parser.add_argument("--identity", type=Path, metavar="FILE", help="age's identity, for an encrypted one")
    parser.set_defaults(call=_restore)


def _add_available(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("noun", choices=("checks", "actions", "channels"))
    parser.add_argument("name", nargs="?", metavar="NAME", help="one of the checks or actions: what it takes and does")
    parser.add_argument("--try", dest="tries", action="store_true", help="load those of other packages")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(call=_available)


def _add_drill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="of the faults (default: all)")
    parser.add_argument("--from", dest="place", type=Path, metavar="DIR", help="faults of one's own, a folder each")
    parser.add_argument("--list", dest="lists", action="store_true", help="say what can be drilled")
    parser.add_argument(
        "--jobs", type=_positive, metavar="N", help="how many side by side (default: one more than processors)"
    )
    parser.add_argument("--limit", type=_duration, metavar="TIME", help="the longest wait for each, as in 30s")
    parser.add_argument("--keep", action="store_true", help="keep what the private daemons wrote, in a new folder")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(call=_drill)


def _add_mock_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--script", metavar="FILE", help="a script, or the name of one that comes with Cortex")
    parser.add_argument("--port", type=int, default=0, metavar="N", help="of loopback (default: one that is free)")
    parser.add_argument("--list", dest="lists", action="store_true", help="say which scripts come with Cortex")
    parser.set_defaults(call=_mock_model)


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pace",
        type=_not_negative,
        default=1.0,
        metavar="N",
        help="how slowly: 0 leaves no time to read, 2 twice as much",
    )
    parser.add_argument("--tour", action="store_true", help="tell nothing: leave something to do, and the dashboard")
    parser.set_defaults(call=_demo)


def _add_log(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", metavar="WHEN", default="", help="not older: 30m, 2d, or a time")
    levels = ("debug", "info", "warning", "error", "critical")
    parser.add_argument("--level", choices=levels, default="debug", help="the least")
    parser.add_argument("--run", metavar="ID", default="", help="only what belongs to this run")
    parser.add_argument("--grep", metavar="PATTERN", default="", help="only what this regular expression occurs in")
    parser.add_argument("--limit", type=_positive, metavar="N", default=100, help="the newest so many (default: 100)")
    parser.add_argument("--follow", action="store_true", help="go on with what comes, until Ctrl-C")
    parser.add_argument("--until-closed", action="store_true", help="follow until the standard input ends")
    parser.add_argument(
        "--unit", choices=("system", "user", "none"), default="none", help="whose unit it is, if systemd runs one"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, an object a line")
    parser.add_argument("--colour", action="store_true", help="colour it by level")
    parser.set_defaults(call=_log)


def _add_inspection(parser: argparse.ArgumentParser, configured: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(required=True)
    new = verbs.add_parser("new", help="write one from a template", parents=[configured])
    new.add_argument("id", metavar="ID", help="its id, and the name of its file")
    new.add_argument("--template", metavar="NAME", default="blank", help="one of `templates` (default: blank)")
    new.add_argument(
        "--set", dest="answers", action="append", default=[], metavar="NAME=VALUE", help="what it asks for"
    )
    new.add_argument("--title", metavar="TEXT", default="", help="what people read (default: the id)")
    new.add_argument("--schedule", metavar="WHEN", default="", help="as in a document (default: every 5m)")
    new.add_argument("--policy", metavar="POLICY", default="", help="observe, careful or operator (default: careful)")
    new.add_argument("--print", dest="prints", action="store_true", help="show it, and write nothing")
    new.set_defaults(call=_inspection_new)
    test = verbs.add_parser("test", help="run one now, without anything coming of it", parents=[configured])
    test.add_argument("document", metavar="ID|FILE", help="its id, or its file")
    test.add_argument(
        "--script", metavar="NAME|FILE", default="agree", help="what answers in the model's place (default: agree)"
    )
    test.add_argument("--without-model", action="store_const", dest="script", const="", help="ask none")
    test.add_argument("--json", action="store_true", help="print JSON")
    test.set_defaults(call=_inspection_test)
    templates = verbs.add_parser("templates", help="list the templates, and what each asks for")
    templates.add_argument("--json", action="store_true", help="print JSON")
    templates.set_defaults(call=_inspection_templates)


def _config(arguments: argparse.Namespace) -> Path | None:
    path: Path | None = getattr(arguments, "config", None)
    return path


def _serve(arguments: argparse.Namespace) -> int:
    from probed.app import serve

    return serve(_config(arguments))


def _version(arguments: argparse.Namespace) -> int:
    from probed import offline

    return offline.show_version()


def _discover(arguments: argparse.Namespace) -> int:
    from probed.discovery.command import discover

    return discover(_config(arguments), write=arguments.write, as_json=arguments.json)


def _config_check(arguments: argparse.Namespace) -> int:
    from probed import offline

    return offline.check_config(_config(arguments))


def _config_show(arguments: argparse.Namespace) -> int:
    from probed import offline

    return offline.show_config(_config(arguments), with_origin=arguments.origin, as_json=arguments.json)


def _config_history(arguments: argparse.Namespace) -> int:
    from probed import way_back

    return way_back.show(_config(arguments), as_json=arguments.json)


def _config_rollback(arguments: argparse.Namespace) -> int:
    from probed import way_back

    return way_back.go(_config(arguments), arguments.name, is_sure=arguments.yes)


def _validate(arguments: argparse.Namespace) -> int:
    from probed import offline

    return offline.validate(_config(arguments), arguments.place)


def _inspection_new(arguments: argparse.Namespace) -> int:
    from probed.authoring.new import Wanted, new

    given = arguments
    wanted = Wanted(given.id, given.template, given.title, given.schedule, given.policy, given.answers, given.prints)
    return new(_config(arguments), wanted)


def _inspection_test(arguments: argparse.Namespace) -> int:
    from probed.authoring.try_out import try_out

    return try_out(_config(arguments), arguments.document, arguments.script, as_json=arguments.json)


def _inspection_templates(arguments: argparse.Namespace) -> int:
    from probed.authoring.new import show_templates

    return show_templates(as_json=arguments.json)


def _routes(arguments: argparse.Namespace) -> int:
    from probed import offline

    return offline.show_routes(_config(arguments), arguments.labels, as_json=arguments.json)


def _restore(arguments: argparse.Namespace) -> int:
    from probed import rescue

    return rescue.restore_backup(_config(arguments), arguments.name, arguments.identity)


def _available(arguments: argparse.Namespace) -> int:
    from probed import inventory

    if arguments.name:
        return inventory.explain(arguments.noun, arguments.name)
    return inventory.show(_config(arguments), arguments.noun, tries=arguments.tries, as_json=arguments.json)


def _mask(arguments: argparse.Namespace) -> int:
    from probed import masking

    return masking.main(_config(arguments))


def _doctor(arguments: argparse.Namespace) -> int:
    from probed.doctor import command

    return command.main(_config(arguments), as_json=arguments.json, production=arguments.production)


def _drill(arguments: argparse.Namespace) -> int:
    from probed.drill.command import Wish, main

    given = arguments
    return main(Wish(given.names, given.place, given.jobs, given.limit, given.json, given.lists, given.keep))


def _log(arguments: argparse.Namespace) -> int:
    from probed.own_log.command import Wish, main

    given = arguments
    chosen = (given.since, given.level, given.run, given.grep, given.limit, given.follow, given.until_closed)
    wish = Wish(*chosen, unit=given.unit, as_json=given.json, in_colour=given.colour)
    return main(_config(arguments), wish)


def _mock_model(arguments: argparse.Namespace) -> int:
    from probed.mock_model import command

    return command.show() if arguments.lists else command.serve(arguments.script or "investigate", arguments.port)


def _demo(arguments: argparse.Namespace) -> int:
    from probed.demo import command

    return command.main(arguments.pace, is_tour=arguments.tour)


def _positive(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def _not_negative(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 on")
    return number


def _duration(text: str) -> float:
    from probed.config.values import seconds

    try:
        return seconds(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
