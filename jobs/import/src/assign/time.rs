//! The column with the time of the response, among all columns of times: chosen where names tell, asked for where two could
//! be it. The time at which an account was made or a contract ends is none.

use entity::{Calendar, Timestamp};

use super::assigner::ColumnAssigner;
use super::field::ImportField;
use crate::column_profile::ColumnProfile;
use crate::date::{self, DayMonthOrder};
use crate::format::FileFormat;

/// Parts of names for the time at which a response was given.
const RESPONSE_TIMES: [&str; 16] = [
    "respon",
    "submit",
    "complet",
    "answer",
    "finish",
    "antwort",
    "soumis",
    "répon",
    "surveyed",
    "surveydate",
    "nps",
    "feedback",
    "review",
    "rated",
    "voted",
    "befragt",
];

/// Parts of names for other times: of the invitation, of the account, of a purchase or a contract, of a person's life.
const OTHER_TIMES: [&str; 31] = [
    "birth",
    "born",
    "geburt",
    "naissance",
    "nacimiento",
    "contract",
    "vertrag",
    "renew",
    "expir",
    "valid",
    "signup",
    "signedup",
    "regist",
    "joined",
    "member",
    "customersince",
    "purchase",
    "order",
    "kauf",
    "start",
    "begin",
    "sent",
    "send",
    "invit",
    "deliver",
    "open",
    "updat",
    "modif",
    "edit",
    "export",
    "login",
];

/// Names of the time at which a row was made: of the response, unless another column says when it was given.
const CREATED: [&str; 5] = ["createdat", "created", "datecreated", "createddate", "enddate"];

impl ColumnAssigner<'_> {
    /// Finds the time of the response.
    pub(super) fn response_time(&mut self) {
        if self.has(ImportField::RespondedAt) || self.mapping.responded_at.is_some() {
            return;
        }
        let mapping = self.mapping;
        if self.description.format != FileFormat::Generic {
            return self.pick(ImportField::RespondedAt, self.description.times, |column| {
                column.values.is_empty() || mapping.reads_times(column)
            });
        }
        let [best, usual] =
            [0, 1].map(|tier| self.named(self.description.times.get(tier).copied().unwrap_or_default()));
        let reads = |at: &usize| mapping.reads_times(&self.columns[*at]) && !self.lies_ahead(&self.columns[*at]);
        let is_of = |at: &usize, parts: &[&str]| parts.iter().any(|part| self.columns[*at].heading.key.contains(part));
        let all: Vec<usize> = self.free().filter(reads).collect();
        let named: Vec<usize> = all.iter().copied().filter(|at| best.contains(at)).collect();
        let responses: Vec<usize> =
            all.iter().copied().filter(|at| is_of(at, &RESPONSE_TIMES) && !is_of(at, &OTHER_TIMES)).collect();
        let is_created = |at: &usize| CREATED.contains(&self.columns[*at].heading.key.as_str());
        let weak: Vec<usize> = all.iter().copied().filter(|at| usual.contains(at)).collect();
        let dated: Vec<usize> = weak.iter().copied().filter(|at| !is_created(at)).collect();
        let unknown = all.iter().copied().filter(|at| !usual.contains(at) && !is_of(at, &OTHER_TIMES));
        let possible: Vec<usize> = weak.iter().copied().chain(unknown).collect();
        let empty = best.iter().chain(&usual).copied().find(|at| self.columns[*at].values.is_empty());
        let choices = [&named, &responses, &dated, &possible];
        let Some(choice) = choices.into_iter().find(|choice| !choice.is_empty()) else {
            if let Some(at) = empty {
                self.set(at, ImportField::RespondedAt);
            }
            return;
        };
        match choice[..] {
            // A column that nothing but its being a date speaks for is only suggested.
            [at] if weak.contains(&at) || named.contains(&at) || responses.contains(&at) => {
                let others: Vec<&str> = all
                    .iter()
                    .filter(|other| **other != at)
                    .map(|at| self.columns[*at].heading.column.as_str())
                    .collect();
                if !others.is_empty() {
                    let name = &self.columns[at].heading.column;
                    let others = crate::heading::quoted(&others);
                    self.assigned.notes.push(format!(
                        "\"{name}\" is taken for the time of the response, not {others}: --map responded_at=COLUMN names another"
                    ));
                }
                self.set(at, ImportField::RespondedAt);
            }
            [_] => {}
            _ => self.add_missing(ImportField::RespondedAt, "more than one column could be it", choice.clone()),
        }
    }

    /// True when most times of a column lie after tomorrow, as those of contracts do.
    fn lies_ahead(&self, column: &ColumnProfile) -> bool {
        let utc = Calendar { zone: chrono_tz::UTC };
        let limit: Timestamp = self.mapping.now.plus_seconds(2 * 86_400);
        let is_ahead = |value: &&String| {
            let written = date::parse(value).or_else(|| date::serial(value));
            let at = |order| written.and_then(|written| written.to_timestamp(Some(order), utc, utc));
            at(DayMonthOrder::DayFirst).or_else(|| at(DayMonthOrder::MonthFirst)).is_some_and(|time| time > limit)
        };
        column.values.iter().filter(is_ahead).count() * 2 > column.values.len()
    }
}
