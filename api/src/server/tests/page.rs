//! Tests of the pages: permissions, forms that keep their input, and downloads without formulas.

use super::*;

/// A person who is signed in to the pages.
pub(super) struct SignedInPerson {
    cookie: String,
    csrf: String,
}

impl TestServer {
    pub(super) async fn person(&self, name: &str, role: Role) -> SignedInPerson {
        let token = self.token(name, role).await;
        let head = "POST /sign-in HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
        let reply = self.send(head, &format!("token={token}&next=%2Flog")).await;
        assert_eq!(reply.status, 303, "{}", reply.body);
        assert!(reply.head.contains("location: /log"), "{}", reply.head);
        let value = |name: &str| {
            let at = reply.raw.find(&format!("{name}=")).expect("a cookie") + name.len() + 1;
            reply.raw[at..].split(';').next().expect("a value").to_owned()
        };
        SignedInPerson { cookie: format!("needle_session={}", value("needle_session")), csrf: value("needle_csrf") }
    }

    pub(super) async fn page(&self, person: &SignedInPerson, path: &str) -> TestReply {
        self.send(&format!("GET {path} HTTP/1.1\r\nCookie: {}", person.cookie), "").await
    }

    async fn post_form(&self, person: &SignedInPerson, path: &str, form: &str) -> TestReply {
        let SignedInPerson { cookie, csrf } = person;
        let head =
            format!("POST {path} HTTP/1.1\r\nCookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded");
        self.send(&head, &format!("csrf={csrf}&{form}")).await
    }

    /// A company with hostile names, with its scores computed.
    async fn company(&self) {
        let admin = self.token("company", Role::Admin).await;
        let responses: Vec<Value> = (0..40)
            .map(|at| {
                json!({"externalId": format!("r{at}"), "customerExternalId": format!("c{at}"), "score": at % 11,
                    "respondedAt": format!("2024-06-{:02}T10:00:00Z", 1 + at % 28), "comment": "<script>alert(1)</script>",
                    "attributes": {"region": if at % 9 == 0 { "=1+1" } else { "EU" }}})
            })
            .collect();
        let record =
            "mutation($r: [ResponseInput!]!) { recordResponses(input: {responses: $r}) { userErrors { message } } }";
        self.execute(&admin, record, json!({ "r": responses })).await;
        let define =
            "mutation { defineSegment(input: {key: \"eu\", name: \"<b>Europe & \\\"co\\\"\", filter: {attribute: \
            {name: \"region\", in: [\"EU\"]}}}) { userErrors { message } }
            declarePrimarySegment(input: {segmentKey: \"eu\", reason: \"<i>\"}) { userErrors { message } }
            recompute(input: {key: \"a\"}) { userErrors { message } } }";
        let reply = self.execute(&admin, define, json!({})).await;
        assert!(reply.get("errors").is_none(), "{reply}");
        let log = "mutation { logDecision(input: {externalId: \"a/b\", title: \"=cmd()<script>\", takesEffectOn: \
            \"2024-06-10\", expectedImpact: -3, expectedLow: -5, expectedHigh: 1, targetSegmentKey: \"eu\", \
            rationale: \"<img src=x>\"}) { userErrors { message } }
            recompute(input: {key: \"b\"}) { userErrors { message } } }";
        let reply = self.execute(&admin, log, json!({})).await;
        assert!(reply.get("errors").is_none(), "{reply}");
    }
}

const PAGES: [&str; 9] = [
    "/",
    "/decision/a%2Fb",
    "/log",
    "/segments",
    "/segments/eu",
    "/slices",
    "/slices?by=region&segment=eu",
    "/record",
    "/runs",
];

#[tokio::test]
async fn pages_need_a_session_unless_anonymous_reading_is_allowed() {
    let closed = TestServer::start(None).await;
    for path in PAGES.iter().chain(&["/runs/state", "/log/check"]) {
        let reply = closed.send(&format!("GET {path} HTTP/1.1"), "").await;
        assert_eq!(reply.status, 303, "{path}");
        assert!(reply.head.contains("location: /sign-in"), "{path}: {}", reply.head);
        assert!(reply.body.is_empty());
    }
    let refused = closed.send("GET /slices?by=a%26b HTTP/1.1", "").await;
    assert!(refused.raw.contains("next=%2Fslices%3Fby%3Da%2526b"), "{}", refused.raw);
    let open = TestServer::start(Some(Viewer { name: "guest".to_owned(), role: Role::Viewer })).await;
    assert_eq!(open.send("GET / HTTP/1.1", "").await.status, 200);
    let form = open.send("GET /log HTTP/1.1", "").await;
    assert_eq!(form.status, 403);
    let guest = SignedInPerson { cookie: "a=b".to_owned(), csrf: String::new() };
    assert_eq!(open.post_form(&guest, "/runs", "do=recompute&key=a").await.status, 403);
    assert_eq!(open.send("GET /assets/needle.css HTTP/1.1", "").await.status, 200);
    assert_eq!(open.send("GET /assets/..%2Fneedle.css HTTP/1.1", "").await.status, 404);
}

#[tokio::test]
async fn every_page_is_complete_on_an_empty_database_and_escapes_hostile_names() {
    for is_empty in [true, false] {
        let server = TestServer::start(None).await;
        if !is_empty {
            server.company().await;
        }
        let person = server.person("lea", Role::Leader).await;
        for path in PAGES {
            let reply = server.page(&person, path).await;
            let is_missing = is_empty && (path.contains("eu") || path.contains("decision"));
            assert_eq!(reply.status, if is_missing { 404 } else { 200 }, "{path}: {}", reply.body);
            assert!(reply.head.contains("script-src 'self'; style-src 'self'"), "{}", reply.head);
            assert!(reply.head.contains("cache-control: no-store"), "{}", reply.head);
            let body = &reply.body;
            assert!(body.trim_end().ends_with("</html>") && body.len() < 100_000, "{path}: {} bytes", body.len());
            for hostile in ["<script>", "<b>Europe", "<img", "<i>", " style=", " onclick=", "://"] {
                assert!(!body.contains(hostile), "{path} contains {hostile}: {body}");
            }
        }
    }
}

#[tokio::test]
async fn pages_show_each_role_only_what_it_may_read() {
    let server = TestServer::start(None).await;
    server.company().await;
    let (leader, viewer) = (server.person("lea", Role::Leader).await, server.person("vera", Role::Viewer).await);
    let ingest = server.person("pipeline", Role::Ingest).await;
    let words = "&#60;script&#62;alert(1)";
    for path in ["/", "/decision/a%2Fb"] {
        assert!(server.page(&leader, path).await.body.contains(words), "{path}");
        let refused = server.page(&viewer, path).await;
        assert_eq!(refused.status, 200);
        assert!(!refused.body.contains(words) && refused.body.contains("for leaders and admins"), "{}", refused.body);
    }
    // Five of the forty responses are from that region, over many weeks: each week has fewer than five.
    let slice = "/slices?by=region&from=2024-06-10&until=2024-06-17&compareFrom=";
    assert!(server.page(&viewer, slice).await.body.contains("are shown together"));
    assert!(!server.page(&leader, slice).await.body.contains("are shown together"));
    for path in PAGES {
        assert_eq!(server.page(&ingest, path).await.status, 403, "{path}");
    }
    assert_eq!(server.page(&viewer, "/log").await.status, 403);
    let denied = server.post_form(&viewer, "/log", "do=log&title=x&takesEffectOn=2024-08-01&expectedImpact=3").await;
    assert_eq!(denied.status, 403, "{}", denied.body);
    assert_eq!(server.post_form(&viewer, "/runs", "do=recompute&key=v").await.status, 403);
}

#[tokio::test]
async fn a_decision_is_logged_with_a_form_that_keeps_its_input() {
    let server = TestServer::start(None).await;
    server.company().await;
    let person = server.person("lea", Role::Leader).await;
    let typed = "title=Free+%3Creturns%3E&targetSegmentKey=eu&takesEffectOn=&horizonWeeks=many&expectedImpact=much\
        &expectedLow=4&rationale=Because+%22they%22+ask";
    let wrong = server.post_form(&person, "/log", &format!("{typed}&do=log")).await;
    assert_eq!(wrong.status, 422);
    for kept in [
        "Free &#60;returns&#62;",
        "value=\"many\"",
        "value=\"much\"",
        "Because &#34;they&#34; ask",
        "value=\"eu\" selected",
    ] {
        assert!(wrong.body.contains(kept), "{kept}: {}", wrong.body);
    }
    for (id, message) in [
        ("takes-effect", "Choose the first day"),
        ("horizon", "Expected a whole number of weeks"),
        ("impact", "Expected a number of NPS points"),
    ] {
        assert!(wrong.body.contains(&format!("id=\"{id}-error1\">{message}")), "{id}: {}", wrong.body);
    }
    let good = "title=Free+returns&targetSegmentKey=eu&takesEffectOn=2024-08-05&horizonWeeks=12&expectedImpact=%2B5\
        &expectedLow=9&expectedHigh=8&expectedLevel=80";
    let refused = server.post_form(&person, "/log", &format!("{good}&do=log")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("aria-invalid=\"true\"") && refused.body.contains("value=\"9\""), "{}", refused.body);
    let good = good.replace("expectedLow=9", "expectedLow=2");
    let checked = server.post_form(&person, "/log", &format!("{good}&do=check")).await;
    assert_eq!(checked.status, 200);
    assert!(checked.body.contains("Responses within the horizon"), "{}", checked.body);
    let fragment = server.page(&person, &format!("/log/check?{good}")).await;
    assert!(
        fragment.body.contains("Responses within the horizon") && !fragment.body.contains("<html"),
        "{}",
        fragment.body
    );

    let stale = SignedInPerson { cookie: person.cookie.clone(), csrf: "stale".to_owned() };
    let kept = server.post_form(&stale, "/log", &format!("{good}&do=log")).await;
    assert_eq!(kept.status, 403);
    assert!(kept.body.contains("Free returns") && kept.body.contains("earlier session"), "{}", kept.body);
    let signed_out = SignedInPerson { cookie: "a=b".to_owned(), csrf: person.csrf.clone() };
    let kept = server.post_form(&signed_out, "/log", &format!("{good}&do=log")).await;
    assert_eq!(kept.status, 401);
    assert!(kept.body.contains("name=\"title\" value=\"Free returns\""), "{}", kept.body);

    let logged = server.post_form(&person, "/log", &format!("{good}&do=log&externalId=free-returns")).await;
    assert_eq!(logged.status, 303, "{}", logged.body);
    assert!(logged.head.contains("location: /decision/free-returns?logged=1"), "{}", logged.head);
    let page = server.page(&person, "/decision/free-returns?logged=1").await;
    assert!(page.body.contains("Free returns") && page.body.contains("owned by lea"), "{}", page.body);
    let again = server.post_form(&person, "/log", &format!("{good}&do=log&externalId=free-returns")).await;
    assert!(again.body.contains("id=\"external-id-error1\""), "{}", again.body);
}

#[tokio::test]
async fn forms_from_other_sites_are_refused() {
    let server = TestServer::start(None).await;
    let person = server.person("lea", Role::Leader).await;
    let head = format!(
        "POST /runs HTTP/1.1\r\nCookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nOrigin: https://evil.example.org",
        person.cookie
    );
    assert_eq!(server.send(&head, &format!("csrf={}&do=recompute&key=a", person.csrf)).await.status, 403);
    let forged = SignedInPerson { cookie: person.cookie.clone(), csrf: String::new() };
    assert_eq!(server.post_form(&forged, "/runs", "do=recompute&key=a").await.status, 403);
    assert_eq!(server.post_form(&forged, "/sign-out", "").await.status, 403);
    assert!(server.page(&person, "/runs").await.body.contains("Nothing has run yet"));
    assert_eq!(server.post_form(&person, "/runs", "do=recompute&key=a").await.status, 303);
    assert!(!server.page(&person, "/runs").await.body.contains("Nothing has run yet"));
    assert_eq!(server.post_form(&person, "/runs", "do=cancel&id=x").await.status, 422);
    assert_eq!(server.post_form(&person, "/runs", "do=other").await.status, 400);
    let out = server.post_form(&person, "/sign-out", "").await;
    assert_eq!(out.status, 303);
    assert!(out.head.contains("needle_session=; path=/; samesite=lax; max-age=0"), "{}", out.head);
    assert_eq!(server.page(&person, "/runs").await.status, 303);
}

#[tokio::test]
async fn an_invalid_token_is_reported_at_its_field() {
    let server = TestServer::start(None).await;
    let head = "POST /sign-in HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
    let refused = server.send(head, "token=ndl_wrong&next=%2F%2Fevil.example.org").await;
    assert_eq!(refused.status, 401);
    assert!(
        refused.body.contains("role=\"alert\"") && refused.body.contains("unknown or was revoked"),
        "{}",
        refused.body
    );
    assert!(!refused.body.contains("ndl_wrong") && !refused.body.contains("evil"), "{}", refused.body);
    let page = server.send("GET /no HTTP/1.1\r\nAccept: text/html,*/*", "").await;
    assert_eq!(page.status, 404);
    assert!(page.body.contains("<h1>Not found</h1>"), "{}", page.body);
}

#[tokio::test]
async fn every_table_can_be_downloaded_and_contains_no_formula() {
    let server = TestServer::start(None).await;
    server.company().await;
    let person = server.person("lea", Role::Leader).await;
    for (path, first) in [
        ("/?csv=decisions", "external_id,title"),
        ("/decision/a%2Fb?csv=weeks", "week,observed"),
        ("/decision/a%2Fb?csv=reviews", "as_of,verdict"),
        ("/segments?csv=segments", "key,name"),
        ("/segments/eu?csv=scores", "start,end,score"),
        ("/slices?by=region&from=2024-06-01&csv=groups", "dimension,value,score"),
        ("/slices?by=region&csv=series", "start,end,score"),
        ("/record?csv=record", "owner,decisions"),
        ("/record?csv=ledger", "by,name,decisions"),
        ("/runs?csv=runs", "started_at,finished_at"),
    ] {
        let reply = server.page(&person, path).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        assert!(reply.head.contains("content-type: text/csv") && reply.head.contains("attachment"), "{}", reply.head);
        assert!(reply.body.starts_with(&format!("\u{feff}{first}")), "{path}: {}", reply.body);
        for cell in reply.body.lines().skip(1).flat_map(|line| line.split(',')) {
            let is_formula = cell.trim_start_matches('"').starts_with(['=', '+', '@', '\t']);
            let is_number = cell.parse::<f64>().is_ok();
            assert!(!is_formula && (!cell.starts_with('-') || is_number), "{path}: {cell}");
        }
    }
    let decisions = server.page(&person, "/?csv=decisions").await.body;
    assert!(decisions.contains("'=cmd()<script>") && decisions.contains(",-3,-5,1,"), "{decisions}");
    let groups = server.page(&person, "/slices?by=region&from=2024-06-01&csv=groups").await.body;
    assert!(groups.contains("region,'=1+1,"), "{groups}");
}

#[tokio::test]
async fn tables_and_counts_hold_more_than_one_page_of_a_list() {
    let server = TestServer::start(None).await;
    let admin = server.token("company", Role::Admin).await;
    for block in 0..5 {
        let calls = (0..50).map(|at| {
            let number = block * 50 + at;
            let segment = format!(
                "s{number}: defineSegment(input: {{key: \"s{number:03}\", name: \"S {number}\", filter: {{all: []}}}}) {{ userErrors {{ message }} }}"
            );
            let decision = format!(
                "d{number}: logDecision(input: {{externalId: \"d{number}\", title: \"D\", owner: \"owner {number}\", \
                takesEffectOn: \"2999-01-01\", expectedImpact: 1, targetSegmentKey: \"s000\"}}) {{ userErrors {{ message }} }}"
            );
            [segment, decision].concat()
        });
        let reply = server.execute(&admin, &format!("mutation {{ {} }}", calls.collect::<String>()), json!({})).await;
        assert!(reply.get("errors").is_none() && !reply.to_string().contains("message"), "{reply}");
    }
    let person = server.person("lea", Role::Leader).await;
    for (path, what) in [("/?csv=decisions", "d"), ("/segments?csv=segments", "s")] {
        let reply = server.page(&person, path).await;
        let rows = reply.body.lines().skip(1).filter(|line| line.starts_with(what)).count();
        assert_eq!(rows, 250, "{path}: {}", reply.body);
    }
    let scoreboard = server.page(&person, "/").await.body;
    assert!(scoreboard.contains("50 earlier decisions are not listed here"), "{scoreboard}");
    assert!(scoreboard.contains("owner 249") && scoreboard.contains("S 249"), "every choice is there");
    let slices = server.page(&person, "/slices?segment=s249").await;
    assert_eq!(slices.status, 200, "{}", slices.body);
    let segment = server.page(&person, "/segments/s000").await.body;
    assert_eq!(segment.matches("since 1 Jan 2999").count(), 250, "{segment}");
}
