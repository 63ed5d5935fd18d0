//! How a response ended, in the words of survey tools: it counts, or it is a test, spam, disqualified or unfinished.

use needle_rules::problem::ProblemCode;

/// What a cell says about how a response ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseState {
    /// Why the response does not count; `None` when it does.
    pub rejected: Option<ProblemCode>,
    /// True for a word that is said of responses only; false for one that is said of customers and contracts too.
    pub is_telling: bool,
}

/// Whole cells that mean that the response counts.
const COUNTING: &[&str] = &[
    "complete",
    "completed",
    "fully completed",
    "full",
    "full response",
    "finished",
    "submitted",
    "responded",
    "answered",
    "offline response",
    "response",
    "qualified",
    "ip address",
    "abgeschlossen",
    "vollständig",
    "beendet",
    "complet",
    "complète",
    "complété",
    "complétée",
    "terminé",
    "terminée",
    "completo",
    "completa",
    "completado",
    "completada",
    "finalizado",
    "finalizada",
    "completato",
    "completata",
    "voltooid",
    "concluído",
    "concluída",
    "100",
    "100 complete",
];

/// The same, for words that are said of other things too.
const COUNTING_TOO: &[&str] = &[
    "imported",
    "offline",
    "normal",
    "email",
    "anonymous",
    "valid",
    "accepted",
    "approved",
    "ok",
    "okay",
    "done",
    "pass",
    "passed",
    "success",
    "successful",
    "published",
    "live",
    "real",
    "final",
    "clean",
    "genuine",
    "received",
];

/// Words that mean that the response does not count, wherever they stand in the cell.
const REJECTING: &[(ProblemCode, &[&str])] = &[
    (
        ProblemCode::Spam,
        &[
            "spam",
            "spammer",
            "fraud",
            "fraudulent",
            "bogus",
            "speeder",
            "speeders",
            "speeding",
            "straightliner",
            "straightlining",
            "straightlined",
            "bot",
            "junk",
        ],
    ),
    (ProblemCode::Preview, &["preview", "previewed", "vorschau"]),
    (ProblemCode::Test, &["test", "testing"]),
    (
        ProblemCode::Disqualified,
        &[
            "disqualified",
            "disqualify",
            "disqualification",
            "screenout",
            "screened",
            "screenedout",
            "unqualified",
            "ineligible",
            "overquota",
            "quotafull",
            "quota",
            "disqualifié",
            "disqualifiée",
            "descalificado",
            "descalificada",
            "disqualifiziert",
        ],
    ),
    (
        ProblemCode::Unfinished,
        &[
            "partial",
            "partially",
            "started",
            "incomplete",
            "incompleted",
            "uncompleted",
            "unfinished",
            "abandoned",
            "dismissed",
            "progress",
            "inprogress",
            "breakoff",
            "dropout",
            "unsubmitted",
            "unanswered",
            "nonresponse",
            "noresponse",
            "teilweise",
            "unvollständig",
            "abgebrochen",
            "partiel",
            "partielle",
            "incomplet",
            "incomplète",
            "parcial",
            "parcialmente",
            "incompleto",
            "incompleta",
            "parziale",
            "onvolledig",
            "gedeeltelijk",
        ],
    ),
];

/// Whole cells of several words that would be misread word by word.
const PHRASES: &[(ProblemCode, &[&str])] = &[
    (
        ProblemCode::Unfinished,
        &["not started", "break off", "drop out", "dropped out", "no response", "non response", "timed out"],
    ),
    (ProblemCode::Disqualified, &["screen out", "over quota", "not qualified", "not eligible"]),
    (ProblemCode::Spam, &["low quality", "poor quality", "bad quality"]),
];

/// Whole cells that mean that the response does not count, for words that are said of other things too.
const REJECTING_TOO: &[(ProblemCode, &[&str])] = &[
    (ProblemCode::Spam, &["suspicious", "flagged", "duplicate", "fake"]),
    (ProblemCode::Test, &["sandbox", "dummy", "demo", "sample"]),
    (ProblemCode::Disqualified, &["terminated", "rejected", "excluded", "invalid", "fail", "failed", "dq"]),
    (
        ProblemCode::Unfinished,
        &["pending", "draft", "saved", "suspended", "expired", "timeout", "timedout", "ongoing", "dropped", "bounced"],
    ),
];

/// What a cell says about how a response ended; `None` when it says nothing that is known.
pub fn state_of(text: &str) -> Option<ResponseState> {
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let phrase = words.join(" ");
    let is_phrase = |(code, known): &(ProblemCode, &[&str])| known.contains(&phrase.as_str()).then_some(*code);
    let has_word =
        |(code, known): &(ProblemCode, &[&str])| words.iter().any(|word| known.contains(word)).then_some(*code);
    let telling = |rejected| Some(ResponseState { rejected, is_telling: true });
    let shared = |rejected| Some(ResponseState { rejected, is_telling: false });
    if let Some(code) = PHRASES.iter().find_map(is_phrase) {
        return telling(Some(code));
    }
    if let ["not" | "no" | "non", rest @ ..] = &words[..]
        && !rest.is_empty()
    {
        let denied = state_of(&rest.join(" "))?;
        let rejected = if denied.rejected.is_some() { None } else { Some(ProblemCode::Unfinished) };
        return Some(ResponseState { rejected, ..denied });
    }
    if let Some(code) = REJECTING.iter().find_map(has_word) {
        return telling(Some(code));
    }
    if COUNTING.contains(&phrase.as_str()) {
        return telling(None);
    }
    match REJECTING_TOO.iter().find_map(is_phrase) {
        Some(code) => shared(Some(code)),
        None => COUNTING_TOO.contains(&phrase.as_str()).then(|| shared(None)).flatten(),
    }
}

/// What a cell of a column about the quality of responses says.
pub fn quality_of(text: &str) -> Option<ResponseState> {
    let rejected = match text.trim().to_lowercase().as_str() {
        "good" | "high" | "fine" => None,
        "bad" | "low" | "poor" => Some(ProblemCode::Spam),
        _ => return state_of(text),
    };
    Some(ResponseState { rejected, is_telling: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_tools_say_whether_a_response_counts() {
        for (text, expected) in [
            ("Complete", None),
            ("fully completed", None),
            ("not spam", None),
            ("Vollständig", None),
            ("Partial (45%)", Some(ProblemCode::Unfinished)),
            ("IN_PROGRESS", Some(ProblemCode::Unfinished)),
            ("Not started", Some(ProblemCode::Unfinished)),
            ("not completed", Some(ProblemCode::Unfinished)),
            ("Screen-out", Some(ProblemCode::Disqualified)),
            ("Disqualified: too young", Some(ProblemCode::Disqualified)),
            ("Over Quota", Some(ProblemCode::Disqualified)),
            ("Survey Test", Some(ProblemCode::Test)),
            ("Survey Preview", Some(ProblemCode::Preview)),
            ("possible spam", Some(ProblemCode::Spam)),
        ] {
            let state = state_of(text).unwrap_or_else(|| panic!("{text} is not known"));
            assert_eq!((state.rejected, state.is_telling), (expected, true), "{text}");
        }
        for text in ["pending", "expired", "approved", "rejected"] {
            assert!(!state_of(text).expect(text).is_telling, "{text}");
        }
        for text in ["", "active", "latest", "CA", "1", "not", "churned", "no"] {
            assert_eq!(state_of(text), None, "{text}");
        }
    }
}
