//! One line for every anchor and every action: the reference page, and what its test runs.

/// An anchor or an action, for the reference.
pub struct Example {
    /// Its name.
    pub name: &'static str,
    /// How it is written.
    pub usage: &'static str,
    /// What it is.
    pub about: &'static str,
    /// A fault that uses it.
    pub line: &'static str,
}

macro_rules! examples {
    ($($name:literal $usage:literal, $about:literal, $line:literal;)+) => {
        /// Anchors first, then actions, in the order of the reference.
        pub const EXAMPLES: &[Example] =
            &[$(Example { name: $name, usage: $usage, about: $about, line: $line },)+];
    };
}

examples! {
    "at event" "at event N", "Before the n-th event since the zone began: a message, a timer, a log write, a connect or its answer, a notice, a start or a boot.",
        "reboot t1 at event 20";
    "at time" "at time DURATION", "Before the first event at or after this virtual time.",
        "reboot t1 at time 45ms";
    "at CUT of" "at pre|exec|durable|done of TX#N on TABLET", "At a cut of the n-th transaction of a type, over the tablet's whole life. Pre: nothing is executed. Exec: executed, not durable. Durable: nothing is said. Done: what it sent arrives.",
        "reboot t1 at durable of IncrementalRestoreResponse#1";
    "before, after" "before|after KIND#N on FROM-TO", "Just before or after the n-th message of a kind between two ends is handled.",
        "reset t1-t72002 after RestoreMultipleIncrementalBackups#1";
    "connect" "connect FROM-TO#N", "When the n-th connect between two ends arrives.",
        "reset t1-t72003 connect t1-t72003#2";
    "timer" "before|after timer KIND#N on TABLET", "Just before or after a tablet handles the n-th firing of a kind of timer, over its whole life.",
        "reboot t1 before timer RunIncrementalRestore#1";
    "at write" "at write#N on TABLET", "When a tablet hands the n-th write of its life to its log.",
        "reboot t1 at write#30 keep=all";
    "at snapshot" "at snapshot#N on TABLET", "When a tablet hands the n-th snapshot of its life to its log.",
        "reboot t1 at snapshot#2";
    "when" "when OPERATION enters STATE", "When an operation enters a state durably; nothing has been said of it yet. A restore has Running, `increment N` (0 is the full backup), Finalizing, Finalizing(OUTCOME), Ended and Completed, Failed or Cancelled; every operation has its phases, such as CreateShards.",
        "reboot t1 when op11 enters Finalizing";

    "reboot" "reboot TABLET ANCHOR [down_for=DURATION] [keep=none|all|N] [old=dies|lives|DURATION]", "Stops a tablet and starts its next generation. Writes in flight are lost, or the oldest are kept. The old incarnation may go on until the log refuses it.",
        "reboot t72002 at event 12 down_for=2s keep=all old=1s";
    "move" "move TABLET to NODE ANCHOR", "Stops a tablet and starts its next generation on another node.",
        "move t72002 to n2 at event 12";
    "kill" "kill NODE ANCHOR [down_for=DURATION] [keep=none|all|N] [tablets=elsewhere|there]", "Stops a node with all tablets on it. They start again elsewhere after the usual time, or there when the node is back.",
        "kill n2 at event 12 down_for=5s tablets=there";
    "delete" "delete TABLET ANCHOR", "The hive deletes a tablet that its owner still wants.",
        "delete t72003 at event 12";
    "reset" "reset FROM-TO ANCHOR [drained] [side=client|server|both]", "Breaks the connection of the anchor's message or connect, or all connections between the two ends. What is on its way is lost; drained, what the side has sent arrives first.",
        "reset t1-t72002 before RestoreMultipleIncrementalBackups#1 drained side=client";
    "partition" "partition NODE-NODE ANCHOR for=DURATION [told=DURATION]", "Breaks every connection between two nodes and refuses connects between them for a while. Each end is told after `told`, or as soon as with any other break.",
        "partition n1-n2 at event 12 for=5s told=1s";
    "isolate" "isolate NODE ANCHOR for=DURATION [told=DURATION]", "A partition between a node and all others, clients too.",
        "isolate n2 at event 12 for=5s";
    "refuse" "refuse connect FROM-TO#N [times=N]", "Refuses a connect and those that follow it between the same two ends.",
        "refuse connect t1-t72003#2 times=3";
    "inject" "inject EVENT TABLET ANCHOR", "Brings about an event of the tablet's own that it lets faults bring about, such as AbortScan: all its scans are terminated.",
        "inject AbortScan t72002 after RestoreMultipleIncrementalBackups#1 on t1-t72002";
    "delay by" "delay FROM-TO KIND#N by DURATION", "Holds up a message, and so those behind it on its connection.",
        "delay t1-t72002 RestoreMultipleIncrementalBackups#1 by 3s";
    "delay until" "delay FROM-TO KIND#N until [DURATION] ANCHOR", "Holds up a message until just before or after another moment, at most three days.",
        "delay t1-t72002 RestoreMultipleIncrementalBackups#1 until 1us after timer Heartbeat#1 on t1";
    "slow" "slow TABLET ANCHOR times=N for=DURATION", "Log writes of a tablet take n times longer for a while; the anchor's write does already.",
        "slow t1 at write#30 times=20 for=1s";
    "fail" "fail write#N|snapshot#N on TABLET [down_for=DURATION]", "A log write fails when it would become durable: the incarnation stops, and the tablet starts again.",
        "fail write#30 on t1 down_for=1s";
    "jump" "jump wall|NODE ANCHOR by=[-]DURATION", "Sets the wall clock of all nodes or of one forth or back. The steady clock goes on.",
        "jump wall at event 12 by=-2h";
    "drop" "drop FROM-TO KIND#N", "Beyond the contract of pipes: loses a message on a connection that stays up.",
        "drop t72002-t1 RestoreMultipleIncrementalBackupsResponse#1";
    "duplicate" "duplicate FROM-TO KIND#N", "Beyond the contract of pipes: lets a message arrive twice.",
        "duplicate t1-t72002 RestoreMultipleIncrementalBackups#1";
    "reorder" "reorder FROM-TO KIND#N", "Beyond the contract of pipes: lets a message overtake all that is on its way before it.",
        "reorder client1-t72001 Write#3";
}
