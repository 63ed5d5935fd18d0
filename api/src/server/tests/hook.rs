//! Webhooks over a real socket: signatures, limits, and that nothing is acknowledged before it is stored.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use entity::hook_delivery::{HookDeliveryState, HookVendor, Model as DeliveryRow};
use entity::store::hook_delivery::{self, HookDeliveryCriteria};
use entity::store::page::PageRequest;
use hmac::{Hmac, KeyInit, Mac};
use jobs::delivery::SecretText;
use sha2::Sha256;

use super::*;
use crate::config::HooksConfig;

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PLAIN_KEY: &str = "a key of the tests";

/// The signature of a whole body, or of what comes before it too.
fn mac(key: &[u8], parts: &[&str]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    for part in parts {
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().to_vec()
}

/// The headers of Standard Webhooks for a body.
fn standard(id: &str, seconds: i64, body: &str) -> String {
    let key = STANDARD.decode(&KEY["whsec_".len()..]).expect("base64");
    let signature = STANDARD.encode(mac(&key, &[id, ".", &seconds.to_string(), ".", body]));
    format!("\r\nwebhook-id: {id}\r\nwebhook-timestamp: {seconds}\r\nwebhook-signature: v1,{signature}")
}

fn config() -> HooksConfig {
    let keys = |vendor: HookVendor| {
        let is_standard = matches!(vendor, HookVendor::Generic | HookVendor::Formbricks);
        (
            vendor,
            vec![
                SecretText::from("a key that was replaced"),
                SecretText::from(if is_standard { KEY } else { PLAIN_KEY }),
            ],
        )
    };
    HooksConfig { keys: HookVendor::ALL.into_iter().map(keys).collect(), ..HooksConfig::default() }
}

async fn start(hooks: HookReceiver) -> TestServer {
    TestServer::start_receiving(hooks, None, None, ApiSettings::default(), AccessConfig::default()).await
}

impl TestServer {
    async fn hook(&self, path: &str, headers: &str, body: &str) -> TestReply {
        self.send(&format!("POST /hooks/{path} HTTP/1.1\r\nContent-Type: application/json{headers}"), body).await
    }

    async fn signed(&self, id: &str, body: &Value) -> TestReply {
        let body = body.to_string();
        self.hook("generic", &standard(id, now_seconds(), &body), &body).await
    }

    async fn deliveries(&self) -> Vec<DeliveryRow> {
        let page = PageRequest { limit: 100, ..PageRequest::default() };
        let rows = hook_delivery::list(self.database.reader(), &HookDeliveryCriteria::default(), &page).await;
        rows.expect("deliveries").rows
    }
}

fn now_seconds() -> i64 {
    NOW.0 / 1_000_000
}

fn own(id: &str) -> Value {
    json!({"response_id": id, "score": 9, "responded_at": "2024-06-28T10:00:00Z", "customer_id": "c1"})
}

#[tokio::test]
async fn each_tool_is_accepted_with_its_own_signature_only() {
    let server = start(HookReceiver::new(&config())).await;
    let body = own("r1").to_string();
    let hex = mac(PLAIN_KEY.as_bytes(), &[&body]).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let base64 = STANDARD.encode(mac(PLAIN_KEY.as_bytes(), &[&body]));
    let signed = standard("m1", now_seconds(), &body);
    let stale = standard("m1", now_seconds() - 301, &body);
    for (path, headers, status) in [
        ("generic", signed.clone(), 200),
        ("generic", stale, 401),
        ("generic", String::new(), 401),
        ("generic", standard("m1", now_seconds(), "another body"), 401),
        // What another tool would send is not read, but kept.
        ("formbricks", signed, 202),
        ("delighted", format!("\r\nX-Delighted-Webhook-Signature: sha256={hex}"), 202),
        ("delighted", format!("\r\nX-Delighted-Webhook-Signature: sha256={base64}"), 401),
        ("typeform", format!("\r\nTypeform-Signature: sha256={base64}"), 202),
        ("typeform", format!("\r\nTypeform-Signature: sha256={hex}"), 401),
        ("satismeter?key=a+key+of+the+tests", String::new(), 202),
        ("satismeter", "\r\nX-Hook-Key: a key of the tests".to_owned(), 200),
        ("satismeter?key=a+key+of+the+test", String::new(), 401),
        ("satismeter", String::new(), 401),
        ("unheard-of", String::new(), 404),
    ] {
        let reply = server.hook(path, &headers, &body).await;
        // The second request of SatisMeter is the same body: kept deliveries are tried again and still wait.
        let expected = if path == "satismeter" && status == 200 { 202 } else { status };
        assert_eq!(reply.status, expected, "{path} {headers}: {}", reply.raw);
        if status == 401 {
            assert_eq!(reply.code(), "UNAUTHENTICATED");
        }
        assert!(!reply.raw.contains(PLAIN_KEY), "{}", reply.raw);
    }
    assert_eq!(server.send("GET /hooks/generic HTTP/1.1", "").await.status, 405);
    let metrics = server.send("GET /metrics HTTP/1.1", "").await.body;
    for line in [
        "needle_hook_deliveries_total{vendor=\"generic\",result=\"accepted\"} 1",
        "needle_hook_deliveries_total{vendor=\"generic\",result=\"unsigned\"} 3",
        "needle_hook_deliveries_total{vendor=\"typeform\",result=\"kept\"} 1",
        "needle_hook_deliveries_waiting{vendor=\"satismeter\"} 1",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
}

#[tokio::test]
async fn a_webhook_without_a_key_is_off() {
    let server = start(HookReceiver::default()).await;
    let reply = server.signed("m1", &own("r1")).await;
    assert_eq!((reply.status, reply.code().as_str()), (404, "NOT_FOUND"));
    assert!(reply.body.contains("[hooks]"), "{}", reply.body);
    assert!(server.deliveries().await.is_empty());
}

#[tokio::test]
async fn a_delivery_says_what_became_of_it_and_a_replay_is_harmless() {
    let server = start(HookReceiver::new(&config())).await;
    let result = |reply: &TestReply| (reply.status, reply.json()["result"].as_str().expect("a result").to_owned());
    assert_eq!(result(&server.signed("m1", &own("r1")).await), (200, "accepted".to_owned()));
    assert_eq!(result(&server.signed("m1", &own("r1")).await), (200, "replayed".to_owned()));
    assert_eq!(result(&server.signed("m2", &own("r1")).await), (200, "unchanged".to_owned()));
    let mut commented = own("r1");
    commented["comment"] = json!("on time");
    assert_eq!(result(&server.signed("m3", &commented).await), (200, "updated".to_owned()));
    let kept = server.signed("m4", &json!({"who": "knows"})).await;
    assert_eq!((result(&kept), kept.json()["code"].clone()), ((202, "kept".to_owned()), json!("UNKNOWN_SHAPE")));
    let admin = server.token("anna", Role::Admin).await;
    let query = "{ waiting: hookDeliveries(filter: {state: WAITING, vendor: GENERIC}) { totalCount nodes { number code reason attempts } }
        hookDeliveries(first: 2) { totalCount nodes { vendor state receivedAt } } responses { nodes { externalId comment } } }";
    let read = server.execute(&admin, query, json!({})).await;
    let data = &read["data"];
    assert_eq!(
        (&data["waiting"]["totalCount"], &data["hookDeliveries"]["totalCount"]),
        (&json!(1), &json!(4)),
        "{read}"
    );
    assert_eq!(data["waiting"]["nodes"][0]["code"], "UNKNOWN_SHAPE");
    assert_eq!(data["responses"]["nodes"], json!([{"externalId": "r1", "comment": "on time"}]));
    let leader = server.token("lea", Role::Leader).await;
    let refused = server.execute(&leader, "{ hookDeliveries { totalCount } }", json!({})).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN");
}

#[tokio::test]
async fn bodies_that_are_too_large_or_not_json_are_refused() {
    let server = start(HookReceiver::new(&config())).await;
    let large = json!({"response_id": "r1", "comment": "x".repeat(1 << 20)});
    let reply = server.signed("m1", &large).await;
    assert_eq!((reply.status, reply.code().as_str()), (413, "LIMIT_EXCEEDED"));
    let wide: serde_json::Map<String, Value> = (0..6_001).map(|at| (format!("x{at}"), json!(at))).collect();
    let reply = server.signed("m1", &Value::Object(wide)).await;
    assert_eq!((reply.status, reply.code().as_str()), (413, "LIMIT_EXCEEDED"));
    let reply = server.hook("generic", &standard("m1", now_seconds(), "score=9"), "score=9").await;
    assert_eq!(reply.status, 400, "{}", reply.raw);
    assert!(server.deliveries().await.is_empty());
}

#[tokio::test]
async fn a_flood_is_slowed_down_and_an_unsigned_one_uses_nothing_up() {
    let server = start(HookReceiver::new(&HooksConfig { per_second: 1, ..config() })).await;
    for _ in 0..12 {
        assert_eq!(server.hook("generic", "", "{}").await.status, 401);
    }
    for at in 0..10 {
        assert_eq!(server.signed(&format!("m{at}"), &own(&format!("r{at}"))).await.status, 200);
    }
    let reply = server.signed("m10", &own("r10")).await;
    assert_eq!((reply.status, reply.code().as_str()), (429, "LIMIT_EXCEEDED"));
    assert!(reply.head.contains("retry-after: 1"), "{}", reply.head);
    assert_eq!(server.deliveries().await.len(), 10);
    // Another tool has a budget of its own.
    assert_eq!(server.hook("satismeter?key=a+key+of+the+tests", "", "{}").await.status, 202);
}

#[tokio::test]
async fn a_locked_database_acknowledges_nothing() {
    let server = start(HookReceiver::new(&config()).waiting(Duration::from_millis(300))).await;
    let writer = server.database.begin_write().await.expect("a transaction");
    let reply = server.signed("m1", &own("r1")).await;
    assert_eq!((reply.status, reply.code().as_str()), (503, "UNAVAILABLE"));
    assert!(reply.head.contains("retry-after: 5"), "{}", reply.head);
    writer.rollback().await.expect("rolled back");
    assert!(server.deliveries().await.is_empty());
    assert_eq!(server.signed("m1", &own("r1")).await.json()["result"], "accepted");
    assert_eq!(server.deliveries().await.len(), 1);
}

#[tokio::test]
async fn a_kept_delivery_is_read_once_its_columns_are_named() {
    let server = start(HookReceiver::new(&config())).await;
    let body = json!({"rid": "r1", "rating": 9, "responded_at": "2024-06-28T10:00:00Z"});
    assert_eq!(server.signed("m1", &body).await.status, 202);
    let mut named = config();
    let pair = |field: &str, column: &str| (field.to_owned(), column.to_owned());
    named.map.maps.0 =
        BTreeMap::from([(HookVendor::Generic, vec![pair("response_id", "rid"), pair("score", "rating")])]);
    let maps = Arc::new(named.map.maps);
    let context = needle_rules::target::WriteContext {
        database: server.database.clone(),
        calendar: Calendar { zone: UTC },
        now: NOW,
        attribute_limits: needle_rules::dimension::AttributeLimits::default(),
        signature: None,
        import: None,
    };
    let kept = server.deliveries().await.remove(0);
    let outcome = needle_import::hook::retry(&context, &maps, kept.id).await.expect("tried").expect("kept");
    assert_eq!(outcome.state, HookDeliveryState::Accepted, "{outcome:?}");
}
