//! Names that mean the same in the exports of every tool.

/// Columns with the customer's email address.
pub const EMAILS: &[&str] = &[
    "email",
    "emailaddress",
    "personemail",
    "recipientemail",
    "customeremail",
    "contactemail",
    "useremail",
    "useremailaddress",
    "personpropertiesemail",
    "respondentemail",
    "emailid",
    "mail",
];

/// Columns with the customer's first name.
pub const FIRST_NAMES: &[&str] =
    &["firstname", "recipientfirstname", "personfirstname", "givenname", "customerfirstname"];

/// Columns with the customer's last name.
pub const LAST_NAMES: &[&str] =
    &["lastname", "recipientlastname", "personlastname", "surname", "familyname", "customerlastname"];

/// Columns with the customer's whole name.
pub const NAMES: &[&str] = &[
    "name",
    "fullname",
    "personname",
    "customername",
    "contactname",
    "respondentname",
    "recipientname",
    "username",
    "personpropertiesname",
];

/// Columns that go by the name of a well-known attribute.
pub const RENAMED: &[(&str, &str)] = &[
    ("channel", "channel"),
    ("distributionchannel", "channel"),
    ("surveychannel", "channel"),
    ("surveymethod", "channel"),
    ("touchpoint", "touchpoint"),
];

/// Columns that become nothing, with the reason.
pub const DROPPED: &[(&str, &[&str])] = &[
    (
        "personal data",
        &[
            "ip",
            "ipaddress",
            "ipaddr",
            "userip",
            "latitude",
            "longitude",
            "locationlatitude",
            "locationlongitude",
            "location",
            "phone",
            "phonenumber",
            "mobile",
            "mobilenumber",
            "mobilephone",
            "cellphone",
            "telephone",
            "recipientphone",
            "personphone",
            "personphonenumber",
            "address",
            "street",
            "streetaddress",
            "person",
            "persondistinctid",
            "avatar",
            "useragent",
            "birthdate",
            "dateofbirth",
            "personid",
        ],
    ),
    (
        "says how the answer was collected, not who gave it",
        &[
            "durationinseconds",
            "duration",
            "timetaken",
            "totaltime",
            "timespent",
            "progress",
            "collectorid",
            "startdate",
            "enddate",
            "startdateutc",
            "stagedateutc",
            "submitdateutc",
            "recordeddate",
            "networkid",
            "surveyid",
            "permalink",
            "responseurl",
            "url",
            "updatedat",
            "lastupdated",
            "datemodified",
            "datecreated",
            "sentat",
            "datesent",
            "openedat",
            "no",
            "notes",
            "note",
            "internalnotes",
            "assignee",
            "assignedto",
            "responseset",
            "recaptchascore",
            "qrecaptcascore",
            "qrecaptchascore",
            "qrelevantidduplicate",
            "qrelevantidduplicatescore",
            "qrelevantidfraudscore",
            "qrelevantidlaststartdate",
            "qduplicaterespondent",
            "qballotboxstuffing",
            "qresume",
            "sourceid",
            "surveyurl",
            "uuid",
            "sessionid",
        ],
    ),
    (
        "the tool's own category: it is always computed from the score",
        &[
            "npsgroup",
            "npscategory",
            "npstype",
            "npssegment",
            "npsclass",
            "ratingcategory",
            "scorecategory",
            "scoregroup",
            "respondenttype",
            "customertype",
            "promotertype",
            "sentimentgroup",
            "npsbucket",
        ],
    ),
];
