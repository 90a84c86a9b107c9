//! Bugs that are planted on purpose: a simulator that does not find them would not find ours either.

macro_rules! mutants {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A planted bug. Most are in the simulated server, network or driver; the code under test stays as it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Mutant { $($(#[$doc])* $name),* }

        impl Mutant {
            /// Every mutant.
            pub const ALL: &'static [Mutant] = &[$(Mutant::$name),*];

            /// What the bug is, for people.
            pub const fn as_str(self) -> &'static str {
                match self { $(Mutant::$name => $text),* }
            }
        }
    };
}

mutants! {
    /// A node numbers by what it remembers, and another node may number at the same time.
    NumberOutsideTheLock = "seq outside the lock",
    /// Frames go out while the transaction can still fail.
    PublishBeforeCommit = "publish before commit",
    /// What is published between the reading of the head and the subscription is not told.
    PinBeforeRegister = "pin head before register",
    /// A command is dropped when its answer comes, not when its changes do.
    DropOnResults = "drop pending on Results",
    /// The replica's number is committed after its commands.
    NumberInOwnTransaction = "last_mid in another tx",
    /// A refused command does not take its number.
    RefusalTakesNoNumber = "reject not advancing mid",
    /// A replica just below the floor is followed up, without the change at the floor.
    FloorInclusive = "floor inclusive",
    /// The log is compacted under a connection that reads it.
    CompactedWhileRead = "pin without lease",
    /// A row that goes to another scope is told as a patch in the old one.
    MoveAsPatch = "move as plain patch",
    /// What somebody sees is judged as of now for changes of long ago.
    AccessAtHead = "revoke applied at head",
    /// The header of the kept rows is written before the rows, and the browser is closed in between.
    CursorBeforeRows = "cursor saved before chunks",
    /// Pages number by what they remember, not by what the store says.
    NumberInMemory = "mid allocated in memory per tab",
    /// A restored database keeps its epoch's followers.
    EpochIgnored = "epoch ignored",
    /// A command is answered with what became of another of the same number.
    IdNotCompared = "cid not compared",
    /// A message ends in the middle of a command.
    SplitCommand = "batch splitting a seq",
    /// A reader who fell off the ring goes on with what is in it.
    LaggedCarriesOn = "Lagged receiver carries on",
    /// Connections are told in the order of a `HashMap`.
    HashOrder = "HashMap iteration",
    /// Of a row that changes its scope, who sees both is told the eviction alone.
    EvictWins = "put/evict order",
    /// Whether somebody is ahead is judged by a node's memory.
    AheadOfACache = "\"ahead\" judged on a cached head",
    /// A frame that does not continue the ring is taken.
    HubTakesAJump = "hub accepting a jump",
    /// A board is handed out by the rules of a node that lags behind the rows.
    BoardOfALaggingNode = "board judged by a lagging node",
    /// A reader who is ahead of a node is welcomed with the node's older rules.
    WelcomeOfALaggingNode = "welcome of a lagging node",
}
