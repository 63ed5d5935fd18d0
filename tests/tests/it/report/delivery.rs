//! Deliveries to receivers on this machine: every recipient gets each report once, whatever goes wrong.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use entity::delivery::{DeliveryChannel, DeliveryState, Model as DeliveryRow};
use entity::slot::{Job, SlotState};
use entity::store;
use entity::store::delivery::{DeliveryClaim, DeliveryCriteria, NewDelivery};
use entity::store::page::PageRequest;
use jobs::delivery::{DeliveryChannels, FolderWriter, Mailbox, SecretText, SmtpEncryption, SmtpSender, WebhookSender};
use jobs::schedule::ScheduleSettings;
use needle_tests::{TestDatabase, on_both_databases};

use super::LEADER;
use super::receiver::{MailBehaviour, mail_server, taken, web_server};
use super::sample::company;
use crate::schedule::{ManualClock, WorkerProcess, job_schedule, slots};

/// A Wednesday before the brief at seven o'clock.
const EARLY: &str = "2024-08-28T06:58:00Z";

fn channels() -> DeliveryChannels {
    DeliveryChannels { email: None, webhook: None, folder: None, audience: LEADER, link: None }
}

fn email(port: u16) -> SmtpSender {
    let mailbox = |text: &str| text.parse::<Mailbox>().expect(text);
    SmtpSender {
        host: "127.0.0.1".to_owned(),
        port,
        encryption: SmtpEncryption::None,
        username: None,
        password: SecretText::default(),
        from: mailbox("Needle <needle@example.org>"),
        to: vec![mailbox("Ada <ada@example.org>"), mailbox("bob@example.org")],
    }
}

fn webhook(port: u16) -> WebhookSender {
    WebhookSender::new(SecretText::from(format!("http://127.0.0.1:{port}/services/hunter2").as_str()))
        .expect("a webhook")
}

fn folder(path: &Path) -> FolderWriter {
    FolderWriter { path: path.join("reports") }
}

fn settings(channels: DeliveryChannels) -> ScheduleSettings {
    ScheduleSettings {
        schedules: vec![job_schedule(Job::Brief, "0 7 * * *", chrono_tz::UTC, Duration::from_hours(4))],
        late_after: Duration::from_mins(5),
        attempts: 3,
        retry_after: Duration::from_mins(1),
        channels: Some(Arc::new(channels)),
    }
}

async fn deliveries(test: &TestDatabase) -> Vec<DeliveryRow> {
    let page = PageRequest { limit: 1_000, ..PageRequest::default() };
    let mut rows =
        store::delivery::list(test.database.reader(), &DeliveryCriteria::default(), &page).await.expect("rows").rows;
    rows.reverse();
    rows
}

/// Several processes tick once a minute around seven o'clock.
async fn morning(test: &TestDatabase, channels: DeliveryChannels, minutes: u32) -> ManualClock {
    let (clock, settings) = (ManualClock::at(EARLY), settings(channels));
    let mut processes = Vec::new();
    for _ in 0..3 {
        processes.push(WorkerProcess::start(test, &clock, &settings).await);
    }
    for _ in 0..minutes {
        clock.advance(Duration::from_mins(1));
        for process in &processes {
            process.worker.tick().await.expect("a tick");
        }
        while processes.iter().any(|process| process.background.at_work() > 0) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    clock
}

async fn every_recipient_gets_a_report_once(test: &TestDatabase) {
    company(test).await;
    let directory = tempfile::tempdir().expect("a directory");
    let (mail, mails) = mail_server(MailBehaviour::Takes);
    let (web, messages) = web_server(&[]);
    let all = DeliveryChannels {
        email: Some(email(mail)),
        webhook: Some(webhook(web)),
        folder: Some(folder(directory.path())),
        link: Some("https://needle.example.org".to_owned()),
        ..channels()
    };
    morning(test, all, 30).await;
    assert_eq!(slots(test, Job::Brief).await.iter().map(|slot| slot.state).collect::<Vec<_>>(), [SlotState::Succeeded]);
    let mails = taken(&mails);
    let readers: Vec<&str> = mails.iter().filter_map(|mail| mail.lines().next()).collect();
    assert_eq!(readers, ["ada@example.org", "bob@example.org"]);
    assert!(
        mails
            .iter()
            .all(|mail| mail.contains("Subject: ") && mail.contains("text/html") && mail.contains("Message-ID"))
    );
    let messages = taken(&messages);
    assert_eq!(messages.len(), 1);
    let message: serde_json::Value = serde_json::from_str(&messages[0]).expect("JSON");
    assert!(message["text"].as_str().is_some_and(|text| text.starts_with("This morning")), "{message}");
    let mut files: Vec<String> = std::fs::read_dir(directory.path().join("reports"))
        .expect("a folder")
        .map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    assert_eq!(files, ["needle-brief-2024-08-28.html", "needle-brief-2024-08-28.md"]);
    let stored = deliveries(test).await;
    assert_eq!(stored.len(), 4);
    assert!(
        stored.iter().all(|one| one.state == DeliveryState::Sent && one.attempts == 1 && one.error.is_none()),
        "{stored:?}"
    );
    assert!(!format!("{stored:?}").contains("hunter2"));
}

async fn what_failed_is_tried_again_and_what_arrived_is_not(test: &TestDatabase) {
    company(test).await;
    let (mail, mails) = mail_server(MailBehaviour::Busy(1));
    let (web, messages) = web_server(&[500]);
    morning(test, DeliveryChannels { email: Some(email(mail)), webhook: Some(webhook(web)), ..channels() }, 3).await;
    let slot = slots(test, Job::Brief).await.remove(0);
    assert_eq!((slot.state, slot.attempts), (SlotState::Due, 1), "{slot:?}");
    assert!(
        slot.error.as_deref().is_some_and(|why| why.contains("webhook to 127.0.0.1: the reply is 500")),
        "{slot:?}"
    );
    let clock = ManualClock::at("2024-08-28T07:20:00Z");
    let again = settings(DeliveryChannels { email: Some(email(mail)), webhook: Some(webhook(web)), ..channels() });
    let process = WorkerProcess::start(test, &clock, &again).await;
    process.tick().await;
    process.tick().await;
    let slot = slots(test, Job::Brief).await.remove(0);
    assert_eq!((slot.state, slot.attempts), (SlotState::Succeeded, 2), "{slot:?}");
    assert_eq!(taken(&messages).len(), 2, "refused once, taken once");
    let mails = taken(&mails);
    let mut readers: Vec<&str> = mails.iter().filter_map(|mail| mail.lines().next()).collect();
    readers.sort_unstable();
    assert_eq!(readers, ["ada@example.org", "bob@example.org"]);
    assert!(deliveries(test).await.iter().all(|one| one.state == DeliveryState::Sent && one.attempts <= 2));
}

async fn attempts_are_bounded_and_what_is_refused_for_good_is_not_tried_again(test: &TestDatabase) {
    company(test).await;
    let (mail, mails) = mail_server(MailBehaviour::Refuses("ada@example.org"));
    let (web, messages) = web_server(&[500; 20]);
    morning(test, DeliveryChannels { email: Some(email(mail)), webhook: Some(webhook(web)), ..channels() }, 20).await;
    let slot = slots(test, Job::Brief).await.remove(0);
    assert_eq!((slot.state, slot.attempts), (SlotState::Failed, 3), "{slot:?}");
    assert_eq!(taken(&messages).len(), 3);
    assert_eq!(taken(&mails).len(), 1);
    let stored = deliveries(test).await;
    let states: Vec<_> = stored.iter().map(|one| (one.channel, one.state, one.attempts)).collect();
    assert_eq!(
        states,
        [
            (DeliveryChannel::Webhook, DeliveryState::Failed, 3),
            (DeliveryChannel::Email, DeliveryState::Refused, 1),
            (DeliveryChannel::Email, DeliveryState::Sent, 1),
        ]
    );
    assert!(stored[1].error.as_deref().is_some_and(|why| why.contains("no such reader")), "{stored:?}");
}

async fn a_receiver_that_vanishes_without_a_reply_is_sent_nothing_again(test: &TestDatabase) {
    company(test).await;
    let (mail, mails) = mail_server(MailBehaviour::Vanishes);
    let (web, messages) = web_server(&[0; 20]);
    morning(test, DeliveryChannels { email: Some(email(mail)), webhook: Some(webhook(web)), ..channels() }, 20).await;
    assert_eq!((taken(&mails).len(), taken(&messages).len()), (2, 1));
    let stored = deliveries(test).await;
    assert!(stored.iter().all(|one| one.state == DeliveryState::Uncertain && one.attempts == 1), "{stored:?}");
    let slot = slots(test, Job::Brief).await.remove(0);
    assert_eq!((slot.state, slot.attempts), (SlotState::Failed, 1), "{slot:?}");
}

async fn a_process_that_died_while_it_sent_leaves_mail_uncertain_and_files_to_be_written_again(test: &TestDatabase) {
    company(test).await;
    let directory = tempfile::tempdir().expect("a directory");
    let (mail, mails) = mail_server(MailBehaviour::Takes);
    let all = || DeliveryChannels { email: Some(email(mail)), folder: Some(folder(directory.path())), ..channels() };
    let clock = ManualClock::at(EARLY);
    let process = WorkerProcess::start(test, &clock, &settings(all())).await;
    clock.advance(Duration::from_mins(2));
    // A process on another machine claims the slot and both deliveries, and then vanishes.
    let seven = needle_tests::timestamp("2024-08-28T07:00:00Z");
    let row = entity::slot::Model {
        job: Job::Brief,
        slot: seven,
        state: SlotState::Due,
        is_catch_up: false,
        not_before: seven,
        owner: String::new(),
        fence: 0,
        held_until: entity::Timestamp(0),
        attempts: 0,
        finished_at: None,
        error: None,
    };
    let writer = test.database.writer();
    store::slot::put_new(writer, vec![row.clone()]).await.expect("written");
    store::schedule::account(writer, Job::Brief, seven).await.expect("accounted");
    let until = clock.now().plus_seconds(15);
    let theirs = store::slot::claim(writer, &row, "elsewhere", until).await.expect("a reply").expect("a claim");
    let claims = [
        (DeliveryChannel::Email, "ada@example.org".to_owned(), false),
        (DeliveryChannel::Folder, directory.path().join("reports").display().to_string(), true),
    ];
    let mut ids = Vec::new();
    for (channel, destination, is_repeatable) in claims {
        let transaction = test.database.begin_write().await.expect("a transaction");
        let delivery = NewDelivery { channel, destination, is_repeatable };
        let claimed =
            store::delivery::claim(&transaction, theirs, &delivery, clock.now(), until).await.expect("a reply");
        transaction.commit().await.expect("committed");
        let DeliveryClaim::Yes(id) = claimed else { panic!("{claimed:?}") };
        ids.push(id);
    }
    process.tick().await;
    assert!(taken(&mails).is_empty(), "they hold the slot");
    clock.advance(Duration::from_mins(2));
    process.tick().await;
    let states = || async {
        let stored = deliveries(test).await;
        stored.into_iter().map(|one| (one.destination, one.state, one.attempts)).collect::<Vec<_>>()
    };
    let folder = directory.path().join("reports").display().to_string();
    assert_eq!(
        states().await,
        [
            ("ada@example.org".to_owned(), DeliveryState::Uncertain, 1),
            (folder, DeliveryState::Sent, 2),
            ("bob@example.org".to_owned(), DeliveryState::Sent, 1),
        ]
    );
    assert_eq!(taken(&mails).len(), 1, "what may have been sent is not sent again");
    // The other process was only slow: it reports the mail as sent, but the files are no longer its delivery.
    for (id, is_settled) in [(ids[0], true), (ids[1], false)] {
        let settled = store::delivery::settle(writer, id, theirs.fence, DeliveryState::Sent, None, clock.now()).await;
        assert_eq!(settled.expect("a reply"), is_settled);
    }
    assert!(states().await.iter().all(|(_, state, _)| *state == DeliveryState::Sent));
    let transaction = test.database.begin_write().await.expect("a transaction");
    let delivery = NewDelivery {
        channel: DeliveryChannel::Email,
        destination: "eve@example.org".to_owned(),
        is_repeatable: false,
    };
    let late = store::delivery::claim(&transaction, theirs, &delivery, clock.now(), until).await.expect("a reply");
    assert_eq!(late, DeliveryClaim::LostSlot, "who lost the slot sends nothing");
}

on_both_databases!(
    every_recipient_gets_a_report_once,
    what_failed_is_tried_again_and_what_arrived_is_not,
    attempts_are_bounded_and_what_is_refused_for_good_is_not_tried_again,
    a_receiver_that_vanishes_without_a_reply_is_sent_nothing_again,
    a_process_that_died_while_it_sent_leaves_mail_uncertain_and_files_to_be_written_again,
);
