//! Known mistakes that a tablet can be told to make, each off by default and used at
//! exactly one place. The search must find every one of them (`docs/` lists them; so
//! does `tabletsim quirks`).
//!
//! The text of a quirk says what YDB did and how sure that is: [F] stated in a public
//! thread, [C] read in some version of the source, [I] inferred.

#![allow(rustdoc::broken_intra_doc_links, reason = "[F], [C] and [I] are marks, not links")]

use std::fmt;

macro_rules! quirks {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $oracle:literal $(| $also:literal)* $(, $faults:literal)?;)+) => {
        /// A known mistake.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Quirk {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Quirk {
            /// Every quirk, in order of declaration.
            pub const ALL: &'static [Quirk] = &[$(Quirk::$name,)+];

            /// Its name on the command line.
            pub fn name(self) -> &'static str {
                match self {
                    $(Quirk::$name => $text,)+
                }
            }

            /// The oracle that must object.
            pub fn oracle(self) -> &'static str {
                self.oracles()[0]
            }

            /// Every oracle that may be the first to object, for each would be right.
            pub fn oracles(self) -> &'static [&'static str] {
                match self {
                    $(Quirk::$name => &[$oracle $(, $also)*],)+
                }
            }

            /// The least number of faults that shows it, if it is known; `n` is any number.
            pub fn faults(self) -> Option<&'static str> {
                let faults: &[&'static str] = match self {
                    $(Quirk::$name => &[$($faults)?],)+
                };
                faults.first().copied()
            }

            /// What it does, and what YDB did.
            pub fn about(self) -> &'static str {
                match self {
                    $(Quirk::$name => concat!($($doc, "\n",)+),)+
                }
            }
        }
    };
}

quirks! {
    /// The restore advances when the first shard of the increment has answered, not when all have.
    /// [C] early versions counted a sub-operation as done once its request was sent.
    AdvanceEarly = "advance-early", "incremental_order" | "accounting";
    /// Success is answered when a scan begins, not when its rows are durable at the target. [C]
    AckOnScanStart = "ack-on-scan-start", "honest_status" | "incremental_order" | "restore_exact" | "backup_exact", "0";
    /// Boot takes shards that wait for a retry for done, "because their data was written". [C]
    AbsorbAfterReboot = "absorb-after-reboot", "restore_exact" | "honest_status" | "accounting", "2";
    /// A scan resumed after a key numbers its rows from 1 again; the target drops them as known. [C]
    RenumberOnResume = "renumber-on-resume", "honest_status" | "restore_exact", "1";
    /// A target forgets the last order of a source when the generation of the source grows, so
    /// rows are applied again. [F], reverted in #40231.
    ResetOrderOnGeneration = "reset-order-on-generation", "incremental_order", "1";
    /// The order of incrementals is that of their directories' names, which is that of clocks. [C]
    ChainByName = "chain-by-name", "restore_exact", "0";
    /// The request goes to the target's shards, which copy from themselves. [C]
    OwnPartitionOnly = "own-partition-only", "restore_exact" | "accounting", "0";
    /// A part of the backup that is gone is a warning, and counts as done. [C]
    SkipUnresolved = "skip-unresolved", "honest_status" | "restore_exact" | "accounting", "1";
    /// Which restores are at work is remembered in memory only; boot resumes none. [F] #22274,
    /// #20441, #35663.
    StateInMemory = "state-in-memory", "progress_made", "1";
    /// The control operation commits and then sends the event that starts the increments; a
    /// reboot in between loses it. [F] #41268.
    RunEventGap = "run-event-gap", "progress_made", "1";
    /// A scan that is terminated reports nothing. [F] #35663.
    CancelledScanSilent = "cancelled-scan-silent", "progress_made", "1";
    /// That a tablet is deleted is taken for one more broken pipe. [C]
    DeletedTabletRetried = "deleted-tablet-retried", "progress_made", "1";
    /// DROP of a collection is allowed while its restore is being finalized. [F] #40691.
    DropDuringFinalize = "drop-during-finalize", "path_states", "0";
    /// An aborted cut leaves no change stream: the old one was closed when the cut was prepared.
    /// [F] #40682, #40684, #40689, #20402.
    BackupRotationHalfDone = "backup-rotation-half-done", "restore_exact" | "backup_exact" | "no_panic", "1";
    /// Paths of backup tables are made of the leaf name, so those in subdirectories are not
    /// locked. [F] [C] #53163.
    LeafNamePaths = "leaf-name-paths", "path_states", "0";
    /// Tables beyond the in-flight cap wait in memory only; after a reboot of SchemeShard
    /// they are skipped and the increment advances. [C] source, [I] impact.
    VolatileQueue = "volatile-queue", "restore_exact" | "accounting";
    /// A scan that was aborted reports Success: its end callback ignores why it ended.
    /// [F] #35663, [C] a TODO for #18797.
    AbortedScanIsSuccess = "aborted-scan-is-success", "honest_status";
    /// The backoff of a retry is armed when the verdict comes, and not again at boot. [C]
    TimerNotRearmed = "timer-not-rearmed", "progress_made";
    /// Boot locks every path of a stored restore again, ended restores and dropped paths
    /// included. [F] #33764, #41268, [C].
    RelockDroppedPath = "relock-dropped-path", "path_states";
    /// Boot cannot rebuild an operation whose parts change path states and stops with an
    /// assertion. [F] #53245.
    PathStatePartRebuildAborts = "path-state-part-rebuild-aborts", "no_panic";
    /// "No more rows" counts as finished; records still queued or unacknowledged are not
    /// looked at. [C] source, [I] impact.
    FinishByReadiness = "finish-by-readiness", "restore_exact" | "backup_exact" | "honest_status";
    /// A cap of 0 pauses a restore for good: that it has grown is not noticed. [C] source, [I] impact.
    CapZeroForever = "cap-zero-forever", "progress_made";
    /// FORGET is allowed while a restore is being finalized; what it held stays held by nobody.
    /// [F] #53244.
    ForgetWhileFinalizing = "forget-while-finalizing", "path_states" | "accounting";
    /// Requests to a shard leave over a fresh pipe whose end nobody is told of. [C]
    PipePerMessage = "pipe-per-message", "progress_made";
    /// A boot locks the listed tables of a running restore again, and not their index tables,
    /// which then take users' hands. [F] #28069, #30089, [C].
    IndexTablesForgotten = "index-tables-forgotten", "path_states";
    /// The source shards of an increment are fixed when it becomes current; when one of them is
    /// split or merged, its heirs are not asked. [F] #40681, [C].
    FrozenShards = "frozen-shards", "progress_made" | "accounting";
    /// A change sender counts its partitions that are not ready; one that goes with the next
    /// resolution before it is ready stays counted, and the sender is never done. [C] source,
    /// [I] impact.
    ReadyCounterLeak = "ready-counter-leak", "progress_made";
    /// A cut deletes the changes that a failed incremental backup left behind: they go when the
    /// next backup begins, not when one that holds them is complete. [F] #40682, #20402.
    StreamLostWithBackup = "stream-lost-with-backup", "backup_exact" | "restore_exact";
    /// Users write while shards are prepared for a cut, so each shard cuts at a moment of its own. [I]
    CutWithoutBlock = "cut-without-block", "backup_exact";
    /// A target acknowledges the end of a restore and goes on taking its records; only that the
    /// sources are told too makes it quiet, sooner or later. [I] YDB's targets have no such fence.
    EndWithoutFence = "end-without-fence", "quiet_after_end";
    /// A retry clears what its shard has reported so far, and so the percent that was computed from
    /// it. [C]
    ProgressFalls = "progress-falls", "progress_monotone";
    /// Verdicts wait in memory until all shards of a table have given theirs, and only then are
    /// written. [F] #40685, [C].
    ResponseNotPersisted = "response-not-persisted", "accounting";
    /// A late Success hides a failure: it is taken as the verdict of every shard of the table that
    /// has failed and waits for its next attempt. [F] #40685 of two reports of one shard; a shard
    /// has one verdict per attempt here, so it is two shards of one table.
    LateSuccessOverwrites = "late-success-overwrites", "accounting" | "honest_status";
    /// Attempts are counted in memory: a reboot of SchemeShard forgets them. [C]
    RetryBudgetVolatile = "retry-budget-volatile", "budgets_kept" | "accounting";
    /// Deadlines are measured on the wall clock, which can jump. [C]
    WallClockDeadline = "wall-clock-deadline", "budgets_kept";
    /// A boot rebuilds what SchemeShard knows in memory of operations for some kinds only, and
    /// restores are not among them. [F] #46295, where it is the references that operations hold.
    RefcountNotRebuilt = "refcount-not-rebuilt", "recovery_equivalence";
    /// Messages leave when their transaction has executed, before its commit is durable. [C]
    /// source, [I] impact.
    EarlySend = "early-send", "reply_is_durable";
    /// A repeated request with the same TxId starts the work again. [I]
    TxidForgotten = "txid-forgotten", "idempotent";
    /// A restore that finds no entry of its own in memory, because SchemeShard was rebooted,
    /// releases the targets of every restore when it ends. [C]
    FinalizeTouchesOthers = "finalize-touches-others", "isolation";
    /// The restore of a chain without increments ends without a state row: nobody can list or
    /// forget it. [F] #27115, #29965.
    FullOnlyChainSilent = "full-only-chain-silent", "no_leak" | "accounting";
    /// A restore locks the database in place of the collection. [F] #31212, where the parts of
    /// an operation registered the database as their target.
    WrongTargetPath = "wrong-target-path", "path_states";
    /// A scan owns its pipe to SchemeShard, and the pipe's end is announced to nobody. [F] #53201.
    PipeOwnedByScan = "pipe-owned-by-scan", "progress_made";
}

/// Mistakes that YDB made, or might have, and that have no place here, and why.
pub const ABSENT: &[(&str, &str)] = &[
    (
        "multi-source-first-only",
        "only the first source of a request is used [C]: a shard has one table and refuses a request that names two, \
         so SchemeShard sends one request for each",
    ),
    (
        "stale-generation-starves",
        "each reboot of SchemeShard costs a full scan [C], #34349 for index builds: after finitely many reboots every scan \
         ends, and no oracle counts yet what was scanned in vain; here a newer SchemeShard adopts the scan of the same attempt",
    ),
    (
        "endless-sender-retry",
        "resolve errors are retried every second for ever [C]: however long a sender goes on, SchemeShard's deadlines end \
         the increment, and CancelScan, repeated until it is acknowledged, ends every scan",
    ),
];

impl fmt::Display for Quirk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of quirks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quirks(u64);

impl Quirks {
    /// No mistakes.
    pub const NONE: Quirks = Quirks(0);

    /// These and `quirk`.
    #[must_use]
    pub fn with(self, quirk: Quirk) -> Quirks {
        Quirks(self.0 | 1 << quirk as u64)
    }

    /// Whether `quirk` is switched on.
    pub fn has(self, quirk: Quirk) -> bool {
        self.0 & (1 << quirk as u64) != 0
    }

    /// The quirks switched on.
    pub fn iter(self) -> impl Iterator<Item = Quirk> {
        Quirk::ALL.iter().copied().filter(move |quirk| self.has(*quirk))
    }
}
