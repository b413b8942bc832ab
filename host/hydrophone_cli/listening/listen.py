"""A run of ``hydrophone listen``: session, tape and sinks as the options say, and how it ends."""

import argparse
import json
import os
import sys
from contextlib import ExitStack

import hydrophone
from hydrophone.alert_log import Sync
from hydrophone.feeds.pipes import is_live
from hydrophone.feeds.tape import labelled
from hydrophone.telemetry import RunTelemetry
from hydrophone_cli.command import CommandError, Exit
from hydrophone_cli.listening.checkpoint import CheckpointSink, Place, go_on
from hydrophone_cli.listening.decider import Decider
from hydrophone_cli.listening.log_sink import LogSink
from hydrophone_cli.listening.options import check_options, takes_stdout
from hydrophone_cli.listening.run import process_tape
from hydrophone_cli.listening.screen import Screen
from hydrophone_cli.listening.serving import Serving
from hydrophone_cli.listening.shared_memory import SharedMemorySink
from hydrophone_cli.listening.sinks import AlertSink, DecisionSink, PictureSink, ScoreSink, Sink
from hydrophone_cli.listening.summary_log import log_start, log_summary
from hydrophone_cli.outputs.files import STDOUT, OutputError
from hydrophone_cli.outputs.output_set import OutputSet
from hydrophone_cli.process_options import prepare_process, run_name, shown
from hydrophone_cli.session_options import with_combination
from hydrophone_cli.signals import held
from hydrophone_cli.tape_options import tape_from
from hydrophone_model.config import DesignConfig


def listen(
    args: argparse.Namespace, *, title: str | None = None, serving: Serving | None = None
) -> int:
    """Listens as the options say; `hydrophone demo` calls it with options of its own.

    Args:
        args: The options.
        title: Title of the picture; ``{events}`` in it is the number of events processed.
        serving: Serves the run meanwhile.
    """
    check_options(args)
    prepare_process(args)
    with ExitStack() as stack:
        design = with_combination(DesignConfig.load(args.config), args.combination)
        session = stack.enter_context(
            hydrophone.open(args.device, design, alert_budget=args.alert_budget)
        )
        outputs = stack.enter_context(OutputSet())
        sinks: list[Sink] = []
        alerts: AlertSink | None = None
        # What lines go to is opened first: a live source says nothing until its first line comes.
        live = any(is_live(labelled(source)[1]) for source in args.sources)
        if args.decisions is not None:
            sinks.append(outputs.open(DecisionSink(args.decisions, live=live)))
        if args.alerts is not None:
            alerts = outputs.open(AlertSink(args.alerts, live=live))
        shared: SharedMemorySink | None = None
        if args.publish is not None:
            shared = outputs.open(SharedMemorySink(args.publish, session))
            sinks.append(shared)
        tape = tape_from(args, capacity=session.config.pipeline.symbols)
        if args.scores is not None:
            sinks.append(outputs.open(ScoreSink(args.scores, tape)))
        if args.picture is not None:
            sinks.append(outputs.open(PictureSink(args.picture, tape, session.device, title)))
        begin = None if args.state_in is None else go_on(session, tape, args.state_in, live=live)
        if shared is not None:
            shared.begin(tape)
        place = Place(tape, live, begin)
        log: LogSink | None = None
        if args.log is not None:
            first = begin.events if begin else 0
            log = outputs.open(LogSink(args.log, tape, Sync(args.log_sync), first))
            sinks.append(log)
        if args.state_out is not None:
            commit = log.commit if log is not None else lambda: None
            kept = CheckpointSink(args.state_out, session, place, args.checkpoint, commit=commit)
            sinks.append(outputs.open(kept))
        if serving is not None:
            sinks.append(outputs.open(serving))
        if alerts is not None:
            sinks.append(alerts)  # the last one, for its reader may have gone
        decider = Decider(session, tape) if args.fuse else None
        screen = None
        if not args.json:
            screen = stack.enter_context(Screen(tape, errors=takes_stdout(args)))
            screen.print_line(f"listening to {', '.join(tape.sources[:3])} on {session.device}")
        name = run_name(args)
        seen = name is not None or serving is not None
        telemetry = RunTelemetry(session, tape, symbols=seen, live=live)
        if serving is not None:
            stack.enter_context(serving.served(telemetry))
        log_start(session, tape)
        with shown(name, telemetry):
            summary, early = process_tape(
                session,
                tape,
                sinks,
                decider=decider,
                screen=screen,
                limit=args.limit,
                telemetry=telemetry,
                source=place,
            )
        log_summary(summary)
        # A signal no longer changes what there is to publish: it would tear it.
        with held():
            if early is not None:
                ending = outputs.end_early(early, f"after {summary.events:,} events")
            else:
                ending = outputs.publish()
                if ending is None and summary.error is not None:
                    ending = CommandError(summary.error, Exit.INPUT)
        summary.error = None if ending is None else str(ending)
        if serving is not None and ending is None:
            serving.wait()
    if _failed_at_stdout(early):
        _drop_stdout()
        if not outputs and isinstance(early, BrokenPipeError):
            return Exit.UNREAD
    elif screen is not None:
        screen.close(summary)
        for line in decider.lines() if decider is not None else ():
            screen.print_line(line)
    else:
        fusion = {} if decider is None else {"fusion": decider.record()}
        json.dump(summary.record() | fusion, sys.stdout, indent=2)
        print()
    if ending is not None:
        raise ending
    return Exit.DONE


def _failed_at_stdout(early: BaseException | None) -> bool:
    """Whether what ended a run is a standard output that takes nothing: a summary is not wanted."""
    if isinstance(early, BrokenPipeError):
        return early.filename is None
    return isinstance(early, OutputError) and early.path == STDOUT


def _drop_stdout() -> None:
    """Lets nothing more go to a standard output that takes nothing."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)
