//! The section and key of each line of a file, found line by line, so that it works for files that cannot be parsed.

/// The sections and keys of the lines of a file.
pub struct FileOutline(Vec<OutlineLine>);

/// The section and key of one line.
struct OutlineLine {
    section: String,
    key: String,
    is_header: bool,
}

impl FileOutline {
    /// Outlines the text of a file.
    pub fn of(text: &str) -> Self {
        let mut section = String::new();
        let lines = text.lines().map(|line| {
            let header = header(line);
            if let Some(name) = &header {
                section.clone_from(name);
            }
            let key = if header.is_some() { String::new() } else { key(line) };
            OutlineLine { section: section.clone(), key, is_header: header.is_some() }
        });
        Self(lines.collect())
    }

    /// The section and key of a line, counted from 1; empty where there is none.
    pub fn at(&self, line: usize) -> (&str, &str) {
        let found = line.checked_sub(1).and_then(|index| self.0.get(index));
        found.map_or(("", ""), |line| (&line.section, &line.key))
    }

    /// The first line before this one that has the same section or key, or one that contains it.
    pub fn first_before(&self, line: usize) -> Option<usize> {
        let path = self.path(line.checked_sub(1)?)?;
        let is_same = |index: &usize| {
            let earlier = self.path(*index);
            earlier.is_some_and(|earlier| path == earlier || path.starts_with(&format!("{earlier}.")))
        };
        let found =
            (0..line - 1).find(|index| is_same(index) && self.0[*index].is_header == self.0[line - 1].is_header);
        found.or_else(|| (0..line - 1).find(is_same)).map(|index| index + 1)
    }

    fn path(&self, index: usize) -> Option<String> {
        let OutlineLine { section, key, is_header } = self.0.get(index)?;
        match (section.as_str(), key.as_str()) {
            ("", "") => None,
            (section, _) if *is_header => Some(section.to_owned()),
            (_, "") => None,
            ("", key) => Some(key.to_owned()),
            (section, key) => Some(format!("{section}.{key}")),
        }
    }
}

/// The name in a section's header, as far as it can be recognised; `None` when the line is no header.
pub fn header(line: &str) -> Option<String> {
    let inside = line.trim().strip_prefix('[')?.trim_start_matches('[');
    let inside = inside.split([']', '#', '=']).next().unwrap_or_default();
    let name: String = inside.chars().filter(|character| is_of_name(*character) || *character == '.').collect();
    Some(name.trim_matches('.').to_owned())
}

/// The key at the beginning of a line; empty when there is none.
fn key(line: &str) -> String {
    let start = line.trim_start();
    let name: String = start.chars().take_while(|character| is_of_name(*character) || *character == '.').collect();
    name.trim_matches('.').chars().take(60).collect()
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_its_section_and_key_even_where_it_is_broken() {
        let outline =
            FileOutline::of("top = 1\n[server\nlisten \"x\"\n  [ schedule.weekly ] # comment\ncron: 5\n\n[server]\n");
        let found: Vec<_> = (1..=8).map(|line| outline.at(line)).collect();
        let weekly = "schedule.weekly";
        let expected = [
            ("", "top"),
            ("server", ""),
            ("server", "listen"),
            (weekly, ""),
            (weekly, "cron"),
            (weekly, ""),
            ("server", ""),
            ("", ""),
        ];
        assert_eq!(found, expected);
        assert_eq!(outline.first_before(7), Some(2));
        assert_eq!(outline.first_before(5), Some(4));
    }
}
