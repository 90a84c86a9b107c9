//! What goes wrong, chosen by weight from the seed.

use super::Simulation;
use super::agenda::Happening;
use super::browser::Passes;
use super::network::{End, LinkId};
use super::node::NodeId;
use super::oracle::Checked;
use super::page::PageId;
use crate::sync::{Acked, Lead};

/// Something that goes wrong.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// Both ends notice, sooner or later.
    Cut,
    /// A page notices that its link is gone, and what it has sent reaches the node long after.
    Linger,
    /// Something on the way begins or ceases to let sockets or streams through.
    Proxy,
    /// Nothing passes, and nobody notices.
    HalfOpen,
    /// A page does not read for a while.
    Stall,
    /// A browser is off the network for a while.
    Offline,
    /// A node dies and comes back.
    Kill,
    /// A node does not reach the database for a while.
    Unreachable,
    /// The log loses its oldest part.
    Compact,
    /// The database is put back to an earlier state.
    Restore,
    /// A clock jumps.
    Clock,
    /// A page is closed, or another is opened.
    Tabs,
    /// A page takes the lead from another one.
    Steal,
    /// A browser's storage is wiped.
    Wipe,
    /// A browser is put back to an earlier state.
    PutBack,
    /// A new version is rolled out.
    Roll,
}

impl Fault {
    /// What can go wrong, and how often at most.
    pub(super) const ALL: [(u64, Fault); 16] = [
        (10, Fault::Cut),
        (8, Fault::Linger),
        (3, Fault::Proxy),
        (5, Fault::HalfOpen),
        (8, Fault::Stall),
        (6, Fault::Offline),
        (6, Fault::Kill),
        (6, Fault::Unreachable),
        (6, Fault::Compact),
        (2, Fault::Restore),
        (3, Fault::Clock),
        (8, Fault::Tabs),
        (4, Fault::Steal),
        (2, Fault::Wipe),
        (2, Fault::PutBack),
        (1, Fault::Roll),
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Fault::Cut => "link cut",
            Fault::Linger => "link given up with messages on their way",
            Fault::Proxy => "way changed",
            Fault::HalfOpen => "link half open",
            Fault::Stall => "page does not read",
            Fault::Offline => "browser offline",
            Fault::Kill => "node killed",
            Fault::Unreachable => "database out of reach",
            Fault::Compact => "log compacted",
            Fault::Restore => "database backed up or restored",
            Fault::Clock => "clock jumps",
            Fault::Tabs => "page closed or opened",
            Fault::Steal => "lead stolen",
            Fault::Wipe => "storage wiped",
            Fault::PutBack => "browser put back",
            Fault::Roll => "new version rolled out",
        }
    }
}

impl Simulation {
    pub(super) fn go_wrong(&mut self) -> Checked {
        let fault = self.chance.weighted(&self.plan.faults);
        let links: Vec<LinkId> = self.links.keys().copied().collect();
        let link = self.chance.pick(&links);
        let pages: Vec<PageId> = self.pages.keys().copied().collect();
        let page = self.chance.pick(&pages);
        let node = self.some_node();
        match fault {
            Fault::Cut => self.cut(link),
            Fault::Linger => {
                if let Some(link) = self.busy_link().or(link) {
                    self.linger(link);
                }
            }
            Fault::Proxy => self.change_way(),
            Fault::HalfOpen => {
                if let Some(it) = link.and_then(|link| self.links.get_mut(&link)) {
                    it.dead = true;
                }
            }
            Fault::Stall => {
                let until = self.agenda.now + self.chance.between(500, 15_000);
                if let Some(it) = link.and_then(|link| self.links.get_mut(&link)) {
                    it.stalled_until = until;
                }
            }
            Fault::Offline => self.go_offline(page),
            Fault::Kill => {
                self.kill_node(node);
                let wait = self.chance.between(100, 4_000);
                self.agenda.after(wait, Happening::Start(node));
            }
            Fault::Unreachable => self.lose_database(node),
            Fault::Compact => self.compact(),
            Fault::Restore => self.restore(),
            Fault::Clock => self.jump(page),
            Fault::Tabs => self.change_tabs(),
            Fault::Steal => self.steal()?,
            Fault::Wipe => self.wipe(),
            Fault::PutBack => self.put_back(),
            Fault::Roll => self.roll(),
        }
        self.happened.note(fault.as_str());
        self.note(format_args!("{fault:?}"));
        Ok(())
    }

    /// A link on which a page has just said something.
    fn busy_link(&mut self) -> Option<LinkId> {
        let busy = self.links.iter().filter(|(_, it)| !it.up.is_empty());
        let busy: Vec<LinkId> = busy.map(|(link, _)| *link).collect();
        self.chance.pick(&busy)
    }

    /// What passes between a browser and the nodes changes; what no longer passes ends.
    fn change_way(&mut self) {
        let browser = self.some_browser();
        let passes = Passes::some(&mut self.chance);
        self.browsers[browser].passes = passes;
        for page in self.pages_of(browser) {
            let link = self.pages[&page].link;
            let way = link.and_then(|link| self.links.get(&link)).map(|it| it.way);
            if way.is_some_and(|way| !passes.lets(way)) {
                self.cut(link);
            }
        }
    }

    fn cut(&mut self, link: Option<LinkId>) {
        if let Some(link) = link {
            // What is on its way is lost.
            if let Some(it) = self.links.get_mut(&link) {
                it.up.clear();
                it.down.clear();
            }
            self.break_link(link, End::Page);
            self.break_link(link, End::Node);
        }
    }

    fn go_offline(&mut self, page: Option<PageId>) {
        let Some(id) = page else { return };
        self.page(id).online = false;
        let link = self.page(id).link;
        self.cut(link);
        let wait = self.chance.between(500, 20_000);
        self.agenda.after(wait, Happening::Online(id));
    }

    fn lose_database(&mut self, node: NodeId) {
        self.nodes[node].reaches = false;
        let wait = self.chance.between(200, 5_000);
        self.agenda.after(wait, Happening::Reached(node));
    }

    fn compact(&mut self) {
        let state = &mut self.db.state;
        if state.seq > state.floor {
            let floor = self.chance.between(state.floor, state.seq);
            state.floor = floor;
            state.log = state.log.split_off(&(floor + 1));
            self.note(format_args!("the log begins after {floor}"));
        }
    }

    /// Every other time an earlier state is kept, every other time it comes back, with a new epoch.
    fn restore(&mut self) {
        match self.backup.take() {
            None => self.backup = Some((self.db.state.clone(), self.ledger.clone())),
            Some((state, ledger)) => {
                for node in 0..self.nodes.len() {
                    self.kill_node(node);
                    let wait = self.chance.between(100, 1_000);
                    self.agenda.after(wait, Happening::Start(node));
                }
                let judged = self.ledger.verdicts().clone();
                (self.db.state, self.ledger) = (state, ledger);
                self.db.state.epoch = self.chance.id();
                self.db.lock = None;
                self.restored = true;
                // What had been judged by then, and was not yet at the earlier moment, is lost with it.
                let known = self.ledger.verdicts();
                let lost = judged.into_keys().filter(|cid| !known.contains_key(cid));
                self.lost.extend(lost);
                self.saved.retain(|cid| !self.lost.contains(cid));
                let remembered = self.browsers.iter().flat_map(|it| it.outbox.remembers());
                self.owed = remembered.filter(|cid| self.lost.contains(cid)).collect();
                let seq = self.db.state.seq;
                self.note(format_args!("the database is as it was at {seq}"));
            }
        }
    }

    fn jump(&mut self, page: Option<PageId>) {
        let ms = i64::try_from(self.chance.below(7_200_000)).unwrap_or(0) - 3_600_000;
        match page {
            Some(id) if self.chance.percent(70) => self.page(id).clock_ms = ms,
            _ => self.server_clock_ms += ms,
        }
    }

    fn change_tabs(&mut self) {
        let browser = self.some_browser();
        let pages = self.pages_of(browser);
        if pages.len() < self.plan.tabs && self.chance.percent(60) {
            self.open_page(browser);
        } else if let Some(id) = self.chance.pick(&pages) {
            self.close_page(id);
            if self.chance.percent(70) {
                self.open_page(browser);
            }
        }
    }

    /// A page takes the lead; the one that had it is told only after a while.
    fn steal(&mut self) -> Checked {
        let browser = self.some_browser();
        let mut pages = self.pages_of(browser);
        let leader = self.browsers[browser].leader;
        pages.retain(|id| self.pages[id].has_stores && Some(*id) != leader);
        let Some((id, leader)) = self.chance.pick(&pages).zip(leader) else {
            return Ok(());
        };
        self.browsers[browser].leader = Some(id);
        let wait = self.chance.below(4_000);
        self.agenda.after(wait, Happening::Depose(leader));
        self.led(id, Lead::Leader)
    }

    /// A browser loses everything that it has stored.
    fn wipe(&mut self) {
        let browser = self.some_browser();
        for id in self.pages_of(browser) {
            self.close_page(id);
        }
        let outbox = &self.browsers[browser].outbox;
        for cid in outbox.remembers() {
            self.owed.remove(&cid);
        }
        for kept in outbox.kept.values() {
            self.saved.remove(&kept.cid);
        }
        let replica = self.chance.id();
        self.browsers[browser].wipe(replica);
        self.open_page(browser);
    }

    /// A browser comes back from an earlier backup: it numbers its next commands like some that the server has.
    fn put_back(&mut self) {
        let browser = self.some_browser();
        let pages = self.pages_of(browser);
        let steps = self.chance.between(1, 3);
        let outbox = &mut self.browsers[browser].outbox;
        let quiet = |id: &PageId| self.pages[id].client.state().unsent == 0;
        if !pages.iter().all(quiet) || !outbox.kept.is_empty() || outbox.last_mid <= steps {
            return;
        }
        outbox.last_mid -= steps;
        let last_mid = outbox.last_mid;
        let (stays, goes): (Vec<Acked>, Vec<Acked>) = std::mem::take(&mut outbox.acked)
            .into_iter()
            .partition(|acked| acked.kept.mid <= last_mid);
        outbox.acked = stays;
        for acked in goes {
            self.owed.remove(&acked.kept.cid);
        }
        self.browsers[browser].rows = None;
        self.put_back = true;
        for id in pages {
            self.close_page(id);
        }
        self.open_page(browser);
    }

    /// Nodes of the new version take the place of the old ones, one after the other.
    fn roll(&mut self) {
        self.build += 1;
        for node in 0..self.nodes.len() {
            self.kill_node(node);
            let wait = self.chance.between(100, 3_000);
            self.agenda.after(wait, Happening::Start(node));
        }
    }
}
