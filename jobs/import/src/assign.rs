//! What each column of a file becomes: a tool's description laid over the columns that are there.

use std::collections::{BTreeMap, HashSet};

use csv::ByteRecord;

use crate::columns::quoted;
use crate::evidence::{Column, is_email};
use crate::format::{DROPPED, EMAILS, FIRST_NAMES, Format, LAST_NAMES, NAMES, RENAMED, Shape, Tiers};
use crate::heading::attribute_name;
use crate::refusal::{Rule, is_own, rule_of};

/// A field of an answer or a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The answer's id.
    ResponseId,
    /// The score.
    Score,
    /// The moment of the answer.
    RespondedAt,
    /// The customer's id.
    Customer,
    /// The free text.
    Comment,
    /// The customer's email address.
    Email,
    /// The customer's name.
    Name,
    /// The customer's first name.
    FirstName,
    /// The customer's last name.
    LastName,
}

impl Field {
    const ALL: [Self; 9] = [
        Self::ResponseId,
        Self::Score,
        Self::RespondedAt,
        Self::Customer,
        Self::Comment,
        Self::Email,
        Self::Name,
        Self::FirstName,
        Self::LastName,
    ];

    /// The name in the product's own files and in `--map`.
    pub fn name(self) -> &'static str {
        match self {
            Self::ResponseId => "response_id",
            Self::Score => "score",
            Self::RespondedAt => "responded_at",
            Self::Customer => "customer_id",
            Self::Comment => "comment",
            Self::Email => "email",
            Self::Name => "name",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
        }
    }
}

/// What a column becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Becomes {
    /// A field.
    Field(Field),
    /// An attribute of this name.
    Attribute(String),
    /// Nothing, but it decides which rows count.
    Decides,
    /// Nothing, for this reason.
    Dropped(&'static str),
}

/// A field without which no row can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// The field.
    pub field: Field,
    /// What is wrong, as the end of a sentence.
    pub what: String,
    /// The columns that it could be.
    pub candidates: Vec<usize>,
    /// True when the cells speak against the only candidate.
    pub is_doubted: bool,
}

/// What all columns become.
#[derive(Clone, Debug, Default)]
pub struct Assigned {
    /// By column.
    pub becomes: Vec<Option<Becomes>>,
    /// The columns with the customer's id, best first.
    pub customers: Vec<usize>,
    /// The columns with the answer's id where the first is empty, best first.
    pub further_ids: Vec<usize>,
    /// The columns that decide which rows count.
    pub rules: Vec<(usize, Rule)>,
    /// Why the file cannot be read although nothing is missing, as whole sentences.
    pub problems: Vec<String>,
    /// What is missing.
    pub lacks: Vec<Lack>,
    /// True when answers go by the digest of their customer and their moment.
    pub digest: bool,
}

impl Assigned {
    /// The column that a field is read from.
    pub fn column_of(&self, field: Field) -> Option<usize> {
        self.becomes.iter().position(|becomes| becomes == &Some(Becomes::Field(field)))
    }
}

/// What is known of a file beside its columns.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The fields that a person named columns for.
    pub map: &'a BTreeMap<String, String>,
    /// The pattern of the times, where a person gave one.
    pub date_format: Option<&'a str>,
    /// True for answers, false for customers.
    pub is_answers: bool,
    /// True when the columns show all records of the file.
    pub is_whole: bool,
    /// The records that the columns show.
    pub sample: &'a [ByteRecord],
}

/// Says what each column becomes; an error is a mapped column that is not there, or one that is mapped twice.
pub fn assign(shape: &'static Shape, columns: &[Column], told: Told<'_>) -> Result<Assigned, String> {
    let becomes = vec![None; columns.len()];
    let mut assigner = Assigner { shape, columns, told, assigned: Assigned { becomes, ..Assigned::default() } };
    assigner.map(told.map)?;
    let answers = told.is_answers;
    if answers {
        assigner.rules();
        assigner.leave_out_progress();
        assigner.ids();
        assigner.pick(Field::RespondedAt, shape.times, |column| column.values.is_empty() || told.reads(column));
    }
    assigner.people();
    assigner.drop_known();
    if answers {
        assigner.score();
        assigner.comment();
        assigner.find_lacks();
    } else if assigner.assigned.customers.is_empty() && assigner.assigned.column_of(Field::Email).is_none() {
        assigner.lack(Field::Customer, "no column is the customer's id or email address", Vec::new());
    }
    assigner.attributes();
    Ok(assigner.assigned)
}

impl Told<'_> {
    /// True when the cells of a column are times, by the pattern where there is one.
    fn reads(&self, column: &Column) -> bool {
        match self.date_format {
            Some(format) => column.holds_times_like(format),
            None => column.holds_dates(),
        }
    }
}

/// The columns of a file on their way to what they become.
pub struct Assigner<'a> {
    /// The tool's description.
    pub shape: &'static Shape,
    /// The columns.
    pub columns: &'a [Column],
    /// What else is known.
    pub told: Told<'a>,
    /// What is decided so far.
    pub assigned: Assigned,
}

impl Assigner<'_> {
    fn map(&mut self, map: &BTreeMap<String, String>) -> Result<(), String> {
        for (field, name) in map {
            let Some(at) = self.columns.iter().position(|column| column.heading.is(name)) else {
                return Err(format!("--map {field}={name}: the file has no such column"));
            };
            if self.assigned.becomes[at].is_some() {
                return Err(format!("--map {field}={name}: this column is mapped already; a column becomes one thing"));
            }
            let known = Field::ALL.into_iter().find(|known| known.name() == field);
            if known == Some(Field::Customer) {
                self.assigned.customers.push(at);
            }
            self.assigned.becomes[at] = Some(match known {
                Some(field) => Becomes::Field(field),
                None => Becomes::Attribute(attribute_name(field, &mut HashSet::new())),
            });
        }
        Ok(())
    }

    /// True while nothing is decided for a column.
    fn is_free(&self, at: usize) -> bool {
        self.assigned.becomes[at].is_none()
    }

    /// The columns for which nothing is decided.
    pub fn free(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.columns.len()).filter(|at| self.is_free(*at))
    }

    /// True when a column is this field.
    pub fn has(&self, field: Field) -> bool {
        self.assigned.column_of(field).is_some()
    }

    /// Decides that a column is this field.
    pub fn set(&mut self, at: usize, field: Field) {
        self.assigned.becomes[at] = Some(Becomes::Field(field));
    }

    /// Notes that a field is missing.
    pub fn lack(&mut self, field: Field, what: impl Into<String>, candidates: Vec<usize>) {
        self.assigned.lacks.push(Lack { field, what: what.into(), candidates, is_doubted: false });
    }

    /// The free columns with one of these keys, in the order of the keys.
    pub fn named(&self, keys: &[&str]) -> Vec<usize> {
        keys.iter().flat_map(|key| self.free().filter(move |at| self.columns[*at].heading.key == *key)).collect()
    }

    /// Takes the first column that a tool's description names and that fits.
    pub fn pick(&mut self, field: Field, tiers: Tiers, fits: impl Fn(&Column) -> bool) {
        if self.has(field) {
            return;
        }
        for tier in tiers {
            let found: Vec<usize> = self.named(tier).into_iter().filter(|at| fits(&self.columns[*at])).collect();
            match found[..] {
                [] => {}
                // A tool's own description tells which comes first; names of unknown tools do not.
                [_, _, ..] if self.shape.format == Format::Generic => {
                    return self.lack(field, "more than one column could be it", found);
                }
                [at, ..] => return self.set(at, field),
            }
        }
    }

    /// The id of an answer; a tool with more than one kind of id may leave the better one empty.
    fn ids(&mut self) {
        self.pick(Field::ResponseId, self.shape.ids, |_| true);
        if self.shape.repeats {
            self.assigned.further_ids = self.shape.ids.iter().flat_map(|tier| self.named(tier)).collect();
        }
    }

    fn rules(&mut self) {
        let mut keys = HashSet::new();
        for at in 0..self.columns.len() {
            let column = &self.columns[at];
            // A tool's own column comes first; a later one of the same name is an attribute.
            if !self.is_free(at) || !keys.insert(column.heading.key.as_str()) {
                continue;
            }
            let Some(rule) = rule_of(self.shape.format, &column.heading) else { continue };
            let unknown = rule.unknown(&column.values);
            if unknown.is_empty() {
                self.assigned.rules.push((at, rule));
                if !RENAMED.iter().any(|(key, _)| *key == column.heading.key) {
                    self.assigned.becomes[at] = Some(Becomes::Decides);
                }
            } else if is_own(self.shape.format, &column.heading) {
                let name = &column.heading.column;
                self.assigned.problems.push(format!(
                    "\"{name}\" tells which answers count, but it says {}, which is not known: export the file in \
                     English or with numbers, or keep the column as an attribute with --map '{name}={name}'",
                    quoted(&unknown)
                ));
            }
        }
    }

    /// Where a tool says which answers are finished, how far they got does not matter.
    fn leave_out_progress(&mut self) {
        let rules = &mut self.assigned.rules;
        if rules.iter().any(|(_, rule)| *rule == Rule::Finished) {
            for (at, _) in rules.extract_if(.., |(_, rule)| *rule == Rule::Progress) {
                self.assigned.becomes[at] = None;
            }
        }
    }

    /// The customer's id, email address and name.
    fn people(&mut self) {
        if self.assigned.customers.is_empty() {
            for at in self.named(self.shape.customers) {
                self.set(at, Field::Customer);
                self.assigned.customers.push(at);
            }
        }
        if !self.has(Field::Email) {
            let by_value = || self.free().find(|at| self.columns[*at].holds_emails());
            if let Some(at) = self.named(EMAILS).first().copied().or_else(by_value) {
                self.set(at, Field::Email);
            }
        }
        for (field, keys) in [(Field::FirstName, FIRST_NAMES), (Field::LastName, LAST_NAMES), (Field::Name, NAMES)] {
            if self.has(field) {
                continue;
            }
            let asked = || self.free().find(|at| asked_name(&self.columns[*at]) == Some(field));
            let own = if field == Field::Name { self.shape.names } else { &[] };
            if let Some(at) = self.named(keys).into_iter().chain(self.named(own)).next().or_else(asked) {
                self.set(at, field);
            }
        }
    }

    /// Columns that become nothing whatever else there is.
    fn drop_known(&mut self) {
        const PERSONAL: &str = DROPPED[0].0;
        const CATEGORY: &str = DROPPED[2].0;
        const DOCUMENT: &str = "holds documents of JSON: export what they hold as columns of their own";
        const MOMENT: &str = "another time than that of the answer: --map NAME=COLUMN keeps it as an attribute";
        for at in 0..self.columns.len() {
            if !self.is_free(at) {
                continue;
            }
            let column = &self.columns[at];
            let key = column.heading.key.as_str();
            let listed = DROPPED.iter().find(|(_, keys)| keys.contains(&key)).map(|(reason, _)| *reason);
            let further = self.shape.dropped.contains(&key).then_some(DROPPED[1].0);
            let personal = (is_personal(column) || asked_name(column).is_some()).then_some(PERSONAL);
            let category = (key.ends_with("npsgroup") || column.holds_categories()).then_some(CATEGORY);
            let document = column.holds_documents().then_some(DOCUMENT);
            let moment =
                (self.told.is_answers && self.has(Field::RespondedAt) && column.holds_moments()).then_some(MOMENT);
            let nameless = column.heading.column.is_empty().then_some("has no name");
            if let Some(reason) = nameless.or(further).or(listed).or(document).or(personal).or(category).or(moment) {
                self.assigned.becomes[at] = Some(Becomes::Dropped(reason));
            }
        }
    }

    /// The reason for the score.
    fn comment(&mut self) {
        if self.has(Field::Comment) {
            return;
        }
        if let Some(at) = self.named(self.shape.comments).first().copied() {
            return self.set(at, Field::Comment);
        }
        let score = self.assigned.column_of(Field::Score);
        // The follow-up stands after the score; a reason asked before it is of something else.
        let after: Vec<usize> = self.free().filter(|at| score.is_none_or(|score| *at > score)).collect();
        let is_answer =
            |at: &usize| self.shape.answers.is_some_and(|start| self.columns[*at].heading.key.contains(start));
        let found = after
            .iter()
            .find(|at| self.columns[**at].asks_for_a_reason())
            .or_else(|| {
                after
                    .iter()
                    .find(|at| self.columns[**at].holds_sentences() && (is_answer(at) || self.is_next(score, **at)))
            })
            .or_else(|| {
                after.iter().find(|at| {
                    is_answer(at)
                        && !self.columns[**at].holds_scores()
                        && self.columns[**at].heading.key.ends_with(|last: char| last.is_ascii_digit())
                })
            })
            .copied()
            .or_else(|| self.free().find(|at| is_answer(at) && self.columns[*at].holds_sentences()));
        if let Some(at) = found {
            self.set(at, Field::Comment);
        }
    }

    /// True when nothing but what the tool adds of its own stands between the score and this column.
    fn is_next(&self, score: Option<usize>, at: usize) -> bool {
        score.is_some_and(|score| (score + 1..at).all(|between| !self.is_free(between)))
    }

    fn find_lacks(&mut self) {
        let has_customer = !self.assigned.customers.is_empty() || self.has(Field::Email);
        let told = |lacks: &[Lack], field| lacks.iter().any(|lack: &Lack| lack.field == field);
        if !self.has(Field::ResponseId) && !told(&self.assigned.lacks, Field::ResponseId) {
            self.assigned.digest = self.shape.digest && has_customer;
            if !self.assigned.digest {
                let distinct = |at: &usize| {
                    let column = &self.columns[*at];
                    column.is_distinct && !column.holds_dates() && !column.holds_scores() && !column.holds_sentences()
                };
                let candidates = self.free().filter(distinct).collect();
                self.lack(
                    Field::ResponseId,
                    "no column is the id of an answer; without one the same file could not come twice",
                    candidates,
                );
            }
        }
        if !self.has(Field::RespondedAt) && !told(&self.assigned.lacks, Field::RespondedAt) {
            let free_or_dropped = |at: &usize| {
                matches!(self.assigned.becomes[*at], None | Some(Becomes::Dropped(_)))
                    && self.columns[*at].holds_dates()
            };
            let candidates = (0..self.columns.len()).filter(free_or_dropped).collect();
            let unreadable = self.shape.times.iter().flat_map(|tier| self.named(tier)).find_map(|at| {
                let column = &self.columns[at];
                Some((&column.heading.column, column.values.first()?))
            });
            let what = match (unreadable, self.told.date_format) {
                (Some((name, value)), None) => {
                    format!(
                        "\"{name}\" says \"{value}\", which is no time that is known: --date-format tells how it is written"
                    )
                }
                (Some((name, value)), Some(format)) => {
                    format!("\"{name}\" says \"{value}\", which is not written as {format}")
                }
                (None, _) => "no column is the time of the answer".to_owned(),
            };
            self.lack(Field::RespondedAt, what, candidates);
        }
        self.assigned.lacks.sort_by_key(|lack| lack.field);
    }

    /// Everything that is left becomes an attribute, except prose.
    fn attributes(&mut self) {
        let mut taken: HashSet<String> = self
            .assigned
            .becomes
            .iter()
            .filter_map(|becomes| if let Some(Becomes::Attribute(name)) = becomes { Some(name.clone()) } else { None })
            .collect();
        for at in 0..self.columns.len() {
            if !self.is_free(at) {
                continue;
            }
            let column = &self.columns[at];
            if column.holds_prose() {
                self.assigned.becomes[at] = Some(Becomes::Dropped(
                    "free text that is not the comment: --map NAME=COLUMN keeps it as an attribute",
                ));
                continue;
            }
            let renamed = RENAMED.iter().find(|(key, _)| *key == column.heading.key).map(|(_, name)| *name);
            let bare = without_prefix(&column.heading.column);
            let name = attribute_name(renamed.unwrap_or(bare), &mut taken);
            self.assigned.becomes[at] = Some(Becomes::Attribute(name));
        }
    }
}

/// A column's name without what tools put before the properties of a person.
fn without_prefix(name: &str) -> &str {
    const PREFIXES: [&str; 5] = ["*.", "person.properties.", "person_properties.", "person.", "properties."];
    let bare = PREFIXES.iter().fold(name, |name, prefix| name.strip_prefix(prefix).unwrap_or(name));
    if bare.is_empty() { name } else { bare }
}

/// The part of a name that a question asks for.
fn asked_name(column: &Column) -> Option<Field> {
    let words = column.heading.words();
    if !words.contains("name") || !(words.contains("your") || words.contains("contact")) || column.holds_sentences() {
        return None;
    }
    Some(if words.contains("first") {
        Field::FirstName
    } else if words.contains("last") || words.contains("family") {
        Field::LastName
    } else if words.contains("company")
        || words.contains("business")
        || words.contains("organization")
        || words.contains("team")
    {
        return None;
    } else {
        Field::Name
    })
}

/// True for a column of email addresses or telephone numbers.
fn is_personal(column: &Column) -> bool {
    let words = column.heading.words();
    let phone = ["phone", "telephone", "mobile", "cell"].iter().any(|word| words.contains(*word));
    let digits = |value: &String| value.chars().filter(char::is_ascii_digit).count() >= 6;
    let email = column.heading.key.ends_with("email") || column.heading.key.ends_with("emailaddress");
    email
        || column.values.iter().any(|value| is_email(value))
        || (phone && (column.values.is_empty() || column.values.iter().any(digits)))
        || (words.contains("ip") && ["address", "adresse", "addr"].iter().any(|word| words.contains(*word)))
        || column.holds_addresses()
}
