//! Names of months, weekdays and time zones, in the languages and abbreviations that survey tools and spreadsheets write.

use chrono::FixedOffset;

/// The months in English, German, French, Spanish, Italian, Portuguese, Dutch, Swedish, Danish, Norwegian and Polish; an
/// abbreviation is a beginning of three letters or more.
const MONTHS: [&[&str]; 12] = [
    &["january", "januar", "jänner", "janvier", "enero", "gennaio", "janeiro", "januari", "stycznia", "styczeń"],
    &["february", "februar", "février", "fevrier", "febrero", "febbraio", "fevereiro", "februari", "lutego", "luty"],
    &["march", "märz", "maerz", "mrz", "mars", "marzo", "março", "marco", "maart", "mrt", "marts", "marca", "marzec"],
    &["april", "avril", "abril", "aprile", "kwietnia", "kwiecień"],
    &["may", "mai", "mayo", "maggio", "maio", "mei", "maj", "maja"],
    &["june", "juni", "juin", "junio", "giugno", "junho", "czerwca", "czerwiec"],
    &["july", "juli", "juillet", "julio", "luglio", "julho", "lipca", "lipiec"],
    &["august", "août", "aout", "agosto", "augustus", "augusti", "sierpnia", "sierpień"],
    &["september", "sept", "septembre", "septiembre", "setiembre", "settembre", "setembro", "września", "wrzesień"],
    &["october", "oktober", "octobre", "octubre", "ottobre", "outubro", "października", "październik"],
    &["november", "novembre", "noviembre", "novembro", "listopada", "listopad"],
    &["december", "dezember", "décembre", "decembre", "diciembre", "dicembre", "dezembro", "grudnia", "grudzień"],
];

/// The weekdays from Monday, in English, German, French, Spanish, Italian, Dutch and Portuguese.
const WEEKDAYS: [&[&str]; 7] = [
    &["monday", "montag", "lundi", "lunes", "lunedì", "maandag", "segunda-feira"],
    &["tuesday", "dienstag", "mardi", "martes", "martedì", "dinsdag", "terça-feira"],
    &["wednesday", "mittwoch", "mercredi", "miércoles", "mercoledì", "woensdag", "quarta-feira"],
    &["thursday", "donnerstag", "jeudi", "jueves", "giovedì", "donderdag", "quinta-feira"],
    &["friday", "freitag", "vendredi", "viernes", "venerdì", "vrijdag", "sexta-feira"],
    &["saturday", "samstag", "sonnabend", "samedi", "sábado", "sabato", "zaterdag"],
    &["sunday", "sonntag", "dimanche", "domingo", "domenica", "zondag"],
];

/// German abbreviations of weekdays, which have two letters.
const SHORT_WEEKDAYS: [&str; 7] = ["mo", "di", "mi", "do", "fr", "sa", "so"];

/// Words that belong to a written date and say nothing.
pub(super) const FILLERS: [&str; 21] = [
    "at", "de", "del", "di", "do", "den", "der", "le", "il", "la", "las", "à", "às", "alle", "ore", "um", "uhr", "om",
    "kl", "o", "el",
];

/// Abbreviations of time zones with their hours and minutes from UTC. Those that stand for several zones of the world,
/// like IST, are left out; CST is that of North America.
const ABBREVIATIONS: [(&str, i32, i32); 40] = [
    ("utc", 0, 0),
    ("gmt", 0, 0),
    ("z", 0, 0),
    ("wet", 0, 0),
    ("west", 1, 0),
    ("bst", 1, 0),
    ("cet", 1, 0),
    ("mez", 1, 0),
    ("cest", 2, 0),
    ("mesz", 2, 0),
    ("eet", 2, 0),
    ("sast", 2, 0),
    ("eest", 3, 0),
    ("msk", 3, 0),
    ("eat", 3, 0),
    ("gst", 4, 0),
    ("pkt", 5, 0),
    ("ict", 7, 0),
    ("wib", 7, 0),
    ("sgt", 8, 0),
    ("hkt", 8, 0),
    ("awst", 8, 0),
    ("jst", 9, 0),
    ("kst", 9, 0),
    ("acst", 9, 30),
    ("aest", 10, 0),
    ("aedt", 11, 0),
    ("nzst", 12, 0),
    ("nzdt", 13, 0),
    ("nst", -3, -30),
    ("brt", -3, 0),
    ("art", -3, 0),
    ("edt", -4, 0),
    ("est", -5, 0),
    ("cdt", -5, 0),
    ("cst", -6, 0),
    ("mdt", -6, 0),
    ("mst", -7, 0),
    ("pdt", -7, 0),
    ("pst", -8, 0),
];

/// Time zones in full, as Google and spreadsheets write them, with their abbreviations.
pub(super) const ZONE_PHRASES: [(&str, &str); 19] = [
    ("mitteleuropäische normalzeit", "cet"),
    ("mitteleuropäische zeit", "cet"),
    ("mitteleuropäische sommerzeit", "cest"),
    ("heure normale d’europe centrale", "cet"),
    ("heure normale d'europe centrale", "cet"),
    ("heure d’été d’europe centrale", "cest"),
    ("heure d'été d'europe centrale", "cest"),
    ("hora estándar de europa central", "cet"),
    ("hora de verano de europa central", "cest"),
    ("central european standard time", "cet"),
    ("central european summer time", "cest"),
    ("eastern standard time", "est"),
    ("eastern daylight time", "edt"),
    ("pacific standard time", "pst"),
    ("pacific daylight time", "pdt"),
    ("coordinated universal time", "utc"),
    ("greenwich mean time", "gmt"),
    ("british summer time", "bst"),
    ("koordinierte weltzeit", "utc"),
];

/// The month of a name or an abbreviation in lower case, 1 to 12; `None` where several begin so.
pub fn month(token: &str) -> Option<u32> {
    position(&MONTHS, token)
}

/// The weekday of a name or an abbreviation in lower case, 1 for Monday; `None` where several begin so.
pub(super) fn weekday(token: &str) -> Option<u32> {
    let bare = token.trim_end_matches('.');
    let short = SHORT_WEEKDAYS.iter().position(|name| *name == bare).and_then(|at| u32::try_from(at + 1).ok());
    short.or_else(|| position(&WEEKDAYS, token))
}

fn position(names: &[&[&str]], token: &str) -> Option<u32> {
    let token = token.trim_end_matches('.');
    if token.chars().count() < 3 {
        return None;
    }
    let mut found = names.iter().enumerate().filter(|(_, names)| names.iter().any(|name| name.starts_with(token)));
    let (at, _) = found.next()?;
    // "jui" is June or July in French.
    found.next().is_none().then(|| u32::try_from(at + 1).ok()).flatten()
}

/// The offset of an abbreviation in lower case, or of one like `utc+2`, `gmt-05:30` and `+01:00`.
pub fn offset(token: &str) -> Option<FixedOffset> {
    if let Some((_, hours, minutes)) = ABBREVIATIONS.iter().find(|(name, ..)| *name == token) {
        return FixedOffset::east_opt((hours * 60 + minutes) * 60);
    }
    let bare = token.trim_start_matches("utc").trim_start_matches("gmt").trim_start();
    let is_named = bare.len() < token.len();
    let sign = match bare.chars().next()? {
        '+' => 1,
        '-' | '−' | '–' => -1,
        _ => return None,
    };
    let digits: String = bare.chars().skip(1).filter(|character| *character != ':').collect();
    let number: i32 = digits.parse().ok()?;
    // Google writes GMT+2; +2 alone is not an offset.
    let minutes = match digits.len() {
        2 => number * 60,
        4 => number / 100 * 60 + number % 100,
        1 if is_named => number * 60,
        3 if is_named => number / 100 * 60 + number % 100,
        _ => return None,
    };
    FixedOffset::east_opt(sign * minutes * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_known_in_many_languages_and_never_guessed() {
        for (name, expected) in [
            ("février", 2),
            ("févr.", 2),
            ("märz", 3),
            ("mrz", 3),
            ("mai", 5),
            ("juin", 6),
            ("juil.", 7),
            ("août", 8),
            ("dez.", 12),
            ("enero", 1),
            ("gennaio", 1),
            ("set", 9),
            ("okt", 10),
            ("out.", 10),
            ("października", 10),
            ("maart", 3),
            ("mei", 5),
            ("grudnia", 12),
            ("sept.", 9),
        ] {
            assert_eq!(month(name), Some(expected), "{name}");
        }
        assert_eq!((month("jui"), month("ja"), month("monday"), month("none")), (None, None, None, None));
    }

    #[test]
    fn offsets_are_read_and_ambiguous_zones_are_not() {
        let hours = |text: &str| offset(text).map(|offset| offset.local_minus_utc() / 60);
        assert_eq!((hours("pst"), hours("gmt+1"), hours("utc-05:30")), (Some(-480), Some(60), Some(-330)));
        assert_eq!((hours("+02:00"), hours("cest"), hours("utc")), (Some(120), Some(120), Some(0)));
        assert_eq!((hours("ist"), hours("+2"), hours("mst7")), (None, None, None));
    }
}
