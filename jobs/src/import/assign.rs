//! What each column of a file becomes: a tool's description laid over the columns that are there.

use std::collections::{BTreeMap, HashSet};

use super::evidence::{Column, is_email};
use super::format::{DROPPED, EMAILS, FIRST_NAMES, Format, LAST_NAMES, NAMES, RENAMED, Shape, Tiers};
use super::heading::attribute_name;
use super::refusal::{Rule, rule_of};

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
}

/// What all columns become.
#[derive(Clone, Debug, Default)]
pub struct Assigned {
    /// By column.
    pub becomes: Vec<Option<Becomes>>,
    /// The columns with the customer's id, best first.
    pub customers: Vec<usize>,
    /// The columns that decide which rows count.
    pub rules: Vec<(usize, Rule)>,
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

/// Says what each column becomes, for answers or for customers; an error is a mapped column that is not there.
pub fn assign(
    shape: &'static Shape,
    columns: &[Column],
    map: &BTreeMap<String, String>,
    answers: bool,
) -> Result<Assigned, String> {
    let becomes = vec![None; columns.len()];
    let mut assigner = Assigner { shape, columns, assigned: Assigned { becomes, ..Assigned::default() } };
    assigner.map(map)?;
    if answers {
        assigner.rules();
        assigner.leave_out_progress();
        assigner.pick(Field::ResponseId, shape.ids, |_| true);
        assigner.pick(Field::RespondedAt, shape.times, |column| column.values.is_empty() || column.holds_dates());
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

struct Assigner<'a> {
    shape: &'static Shape,
    columns: &'a [Column],
    assigned: Assigned,
}

impl Assigner<'_> {
    fn map(&mut self, map: &BTreeMap<String, String>) -> Result<(), String> {
        for (field, name) in map {
            let Some(at) = self.columns.iter().position(|column| column.heading.is(name)) else {
                return Err(format!("--map {field}={name}: the file has no such column"));
            };
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

    fn is_free(&self, at: usize) -> bool {
        self.assigned.becomes[at].is_none()
    }

    fn free(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.columns.len()).filter(|at| self.is_free(*at))
    }

    fn has(&self, field: Field) -> bool {
        self.assigned.column_of(field).is_some()
    }

    fn set(&mut self, at: usize, field: Field) {
        self.assigned.becomes[at] = Some(Becomes::Field(field));
    }

    fn lack(&mut self, field: Field, what: impl Into<String>, candidates: Vec<usize>) {
        self.assigned.lacks.push(Lack { field, what: what.into(), candidates });
    }

    /// The free columns with one of these keys, in the order of the keys.
    fn named(&self, keys: &[&str]) -> Vec<usize> {
        keys.iter().flat_map(|key| self.free().filter(move |at| self.columns[*at].heading.key == *key)).collect()
    }

    fn pick(&mut self, field: Field, tiers: Tiers, fits: impl Fn(&Column) -> bool) {
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

    fn rules(&mut self) {
        for at in 0..self.columns.len() {
            if !self.is_free(at) {
                continue;
            }
            let column = &self.columns[at];
            let values: Vec<&str> = column.values.iter().map(String::as_str).collect();
            let Some(rule) = rule_of(self.shape.format, &column.heading, &values) else { continue };
            self.assigned.rules.push((at, rule));
            if !RENAMED.iter().any(|(key, _)| *key == column.heading.key) {
                self.assigned.becomes[at] = Some(Becomes::Decides);
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
            if let Some(at) = self.named(keys).first().copied().or_else(asked) {
                self.set(at, field);
            }
        }
    }

    /// Columns that become nothing whatever else there is.
    fn drop_known(&mut self) {
        const PERSONAL: &str = DROPPED[0].0;
        const CATEGORY: &str = DROPPED[2].0;
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
            let nameless = column.heading.column.is_empty().then_some("has no name");
            if let Some(reason) = nameless.or(further).or(listed).or(personal).or(category) {
                self.assigned.becomes[at] = Some(Becomes::Dropped(reason));
            }
        }
    }

    /// The only column of scores whose question names recommending or NPS; or the one of a tool that asks nothing else.
    fn score(&mut self) {
        if self.has(Field::Score) {
            return;
        }
        self.pick_score_of_one_question();
        if self.has(Field::Score) {
            return;
        }
        let grouped: HashSet<String> = self
            .columns
            .iter()
            .filter_map(|column| column.heading.column.to_uppercase().strip_suffix("_NPS_GROUP").map(str::to_owned))
            .collect();
        let named: Vec<usize> = self
            .free()
            .filter(|at| {
                let column = &self.columns[*at];
                column.names_recommending() || grouped.contains(&column.heading.column.to_uppercase())
            })
            .collect();
        let with_scores: Vec<usize> = named.iter().copied().filter(|at| self.columns[*at].holds_scores()).collect();
        let empty: Vec<usize> = named.into_iter().filter(|at| self.columns[*at].values.is_empty()).collect();
        let answers: Vec<usize> = match self.shape.answers {
            Some(start) => self.free().filter(|at| self.columns[*at].heading.key.contains(start)).collect(),
            None => Vec::new(),
        };
        let answers: Vec<usize> = answers.into_iter().filter(|at| self.columns[*at].holds_scores()).collect();
        match (&with_scores[..], &empty[..], &answers[..]) {
            ([at], ..) | ([], [at], _) => self.set(*at, Field::Score),
            ([_, ..], ..) => self.lack(
                Field::Score,
                "more than one column of scores from 0 to 10 names recommending or NPS",
                with_scores,
            ),
            // Nothing says that this is the question: a scale that ends at 5 would pass for one that ends at 10.
            ([], [], [at]) if self.columns[*at].greatest_score().is_some_and(|score| score > 5) => {
                self.set(*at, Field::Score);
            }
            ([], [], [_, ..]) => {
                self.lack(Field::Score, "nothing tells which question is that of the Net Promoter Score", answers);
            }
            _ => {
                let candidates: Vec<usize> = self.free().filter(|at| self.columns[*at].holds_scores()).collect();
                self.lack(Field::Score, "no column of scores from 0 to 10 names recommending or NPS", candidates);
            }
        }
    }

    fn pick_score_of_one_question(&mut self) {
        if self.shape.format == Format::Generic {
            // A column that names NPS outranks one that is called a score.
            let named: Vec<usize> = self
                .free()
                .filter(|at| self.columns[*at].names_recommending() && self.columns[*at].holds_scores())
                .collect();
            if !named.is_empty() {
                return;
            }
        }
        let lacks = self.assigned.lacks.len();
        self.pick(Field::Score, self.shape.scores, |column| column.values.is_empty() || column.holds_scores());
        self.assigned.lacks.truncate(lacks);
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
            self.lack(Field::RespondedAt, "no column is the time of the answer", candidates);
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
            let name = attribute_name(renamed.unwrap_or(&column.heading.column), &mut taken);
            self.assigned.becomes[at] = Some(Becomes::Attribute(name));
        }
    }
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
        || (words.contains("ip") && words.contains("address"))
}
