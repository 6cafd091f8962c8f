/**
 * Texts in many scripts, each with queries that find it and queries that do not.
 *
 * @module
 */

/** A text, and what finds it. The last word of a query may be unfinished. */
export interface ScriptSample {
  readonly script: string;
  readonly text: string;
  readonly found: readonly string[];
  readonly missed: readonly string[];
}

/** One row or more a script. */
export const SAMPLES: readonly ScriptSample[] = [
  {
    script: "Latin",
    text: "Das Café ist über der Straße, naïve Ångström",
    found: [
      "cafe",
      "CAFÉ",
      "cafe\u0301",
      "uber",
      "strasse",
      "STRASSE",
      "Straße",
      "naive",
      "angstrom",
    ],
    missed: ["trasse", "cafes", "straße café x"],
  },
  {
    script: "Latin, capital sharp s",
    text: "GROẞE STRASSE",
    found: ["große", "grosse", "straße"],
    missed: ["rosse"],
  },
  {
    script: "Latin, ligatures",
    text: "eﬃcient ﬁnal ﬂow Œuvre",
    found: ["efficient", "final", "FLOW", "œuvre", "ﬁn"],
    missed: ["ficient"],
  },
  {
    script: "Latin, full width",
    text: "Ｔｏｋｙｏ２０２６ ｶﾌｪ",
    found: ["tokyo2026", "Ｔｏｋｙｏ", "カフェ", "ｶﾌｪ"],
    missed: ["okyo"],
  },
  {
    script: "Latin, invisible characters",
    text: "Donau\u00addampf\u00adschiff zero\u200bwidth join\u2060ed B\u200dC",
    found: ["donaudampfschiff", "Donau\u00addampf", "zerowidth", "joined", "bc"],
    missed: ["dampf", "width"],
  },
  {
    script: "Latin, Turkish",
    text: "İstanbul'da ISPARTA, ılık Iğdır",
    found: ["istanbul", "İstanbul", "ısparta", "isparta", "ilik", "ığdır"],
    missed: ["stanbul"],
  },
  {
    script: "Latin, Vietnamese",
    text: "Tiếng Việt rất đẹp",
    found: ["tieng viet", "Tiê\u0301ng", "việt", "đẹp", "rất đ"],
    missed: ["iet"],
  },
  {
    script: "Latin, letters with a stroke",
    text: "Łódź Ørsted",
    found: ["łodz", "ŁÓDŹ", "ørsted"],
    // Letters of their own, not letters with a mark.
    missed: ["lodz", "orsted"],
  },
  {
    script: "Greek",
    text: "Ο Σίσυφος και η Οδυσσέας ΚΌΣΜΟΣ",
    found: ["σισυφος", "ΣΙΣΥΦΟΣ", "Σίσυφοσ", "οδυσσεας", "κοσμος", "κόσμ"],
    missed: ["ισυφος"],
  },
  {
    script: "Cyrillic",
    text: "Где ёлка мой Йод",
    found: ["елка", "ЁЛКА", "где ел", "мои", "мой", "иод", "мои\u0306"],
    missed: ["лка"],
  },
  {
    script: "Cyrillic, Ukrainian",
    text: "Їжак і ґанок",
    found: ["їжак", "ІЖАК", "ґанок"],
    missed: ["жак"],
  },
  { script: "Armenian", text: "Բարեւ աշխարհ", found: ["բարեւ", "ԱՇԽԱՐՀ", "աշ"], missed: ["շխարհ"] },
  {
    script: "Georgian",
    text: "გამარჯობა მსოფლიო",
    found: ["გამარჯობა", "ᲒᲐᲛᲐᲠᲯᲝᲑᲐ", "მსო"],
    missed: ["სოფლიო"],
  },
  {
    script: "Hebrew",
    text: "שָׁלוֹם עוֹלָם",
    found: ["שלום", "שָׁלוֹם", "עולם", "שלום עו"],
    missed: ["לום"],
  },
  {
    script: "Arabic",
    text: "أحمد كتب رسالةً إلى الـمـدرسة",
    found: ["احمد", "أحمد", "رسالة", "الى", "المدرسة", "كتب رسا"],
    missed: ["حمد"],
  },
  {
    script: "Arabic, presentation forms",
    text: "\ufedf\ufeb3\ufe8e\ufee5",
    found: ["لسان", "\ufedf\ufeb3"],
    missed: ["سان"],
  },
  {
    script: "Arabic, Persian",
    text: "کتاب‌خانهٔ فارسی",
    found: ["کتابخانه", "كتابخانه", "فارسی", "فارسي"],
    missed: ["خانه"],
  },
  { script: "Arabic, Urdu", text: "اُردو زبان", found: ["اردو", "زبان"], missed: ["ردو"] },
  { script: "Syriac", text: "ܫܠܳܡܳܐ ܥܠܡܐ", found: ["ܫܠܡܐ", "ܥܠ"], missed: ["ܠܡܐ"] },
  { script: "Thaana", text: "ދިވެހި ބަސް", found: ["ދިވެހި", "ބަސް", "ދިވެ"], missed: ["ވެހި"] },
  { script: "N'Ko", text: "ߒߞߏ ߞߊ߲", found: ["ߒߞߏ", "ߞߊ߲"], missed: ["ߞߏ"] },
  {
    script: "Devanagari",
    text: "हिन्दी भाषा क़लम",
    found: ["हिन्दी", "भाषा", "हिन्", "\u0958लम", "क\u093cलम"],
    // A vowel sign is a letter.
    missed: ["हन्दी", "भष", "न्दी"],
  },
  { script: "Bengali", text: "বাংলা ভাষা কো", found: ["বাংলা", "ভাষা", "ক\u09c7\u09be"], missed: ["ংলা"] },
  { script: "Gurmukhi", text: "ਪੰਜਾਬੀ ਭਾਸ਼ਾ", found: ["ਪੰਜਾਬੀ", "ਭਾਸ਼ਾ"], missed: ["ਜਾਬੀ"] },
  { script: "Gujarati", text: "ગુજરાતી ભાષા", found: ["ગુજરાતી", "ભાષા"], missed: ["જરાતી"] },
  { script: "Tamil", text: "தமிழ் மொழி", found: ["தமிழ்", "மொழி", "மெ\u0bbeழி"], missed: ["மிழ்"] },
  { script: "Telugu", text: "తెలుగు భాష", found: ["తెలుగు", "భాష"], missed: ["లుగు"] },
  { script: "Kannada", text: "ಕನ್ನಡ ಭಾಷೆ", found: ["ಕನ್ನಡ", "ಭಾಷೆ"], missed: ["ನ್ನಡ"] },
  { script: "Malayalam", text: "മലയാളം ഭാഷ", found: ["മലയാളം", "ഭാഷ"], missed: ["ലയാളം"] },
  { script: "Sinhala", text: "සිංහල භාෂාව", found: ["සිංහල", "භාෂාව"], missed: ["ංහල"] },
  { script: "Tibetan", text: "བོད་སྐད་ཡིག", found: ["བོད", "སྐད", "ཡིག"], missed: ["ོད"] },
  { script: "Ethiopic", text: "ሰላም ልዑል", found: ["ሰላም", "ልዑ"], missed: ["ላም"] },
  { script: "Cherokee", text: "ᏣᎳᎩ ꭶꮼꮒꭿꮝꮧ", found: ["ᏣᎳᎩ", "ꮳꮃꭹ", "ᎦᏬᏂ"], missed: ["ᎳᎩ"] },
  { script: "Canadian Aboriginal", text: "ᐃᓄᒃᑎᑐᑦ", found: ["ᐃᓄᒃᑎᑐᑦ", "ᐃᓄ"], missed: ["ᓄᒃ"] },
  { script: "Mongolian", text: "ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ", found: ["ᠮᠣᠩᠭᠣᠯ", "ᠪᠢᠴ"], missed: ["ᠣᠩᠭᠣᠯ"] },
  {
    script: "Hangul",
    text: "한국어 서울에서",
    // Part of a syllable, and a syllable that becomes another one with the next key.
    found: ["하", "한", "한국", "한국어", "ㅎ", "서울", "\u1112\u1161\u11ab국"],
    missed: ["국어", "울"],
  },
  {
    script: "Han",
    text: "我家在上海东边。",
    found: ["上海", "我家", "东边", "边", "上", "我家在上海东边", "家在上海", "上海 我家"],
    missed: ["海上", "家上", "上海边", "北京"],
  },
  {
    script: "Hiragana",
    text: "きのうは雨がふりました",
    found: ["雨", "ふりました", "か\u3099", "が", "雨が", "雨か\u3099ふ", "きのう"],
    missed: ["ふる", "雨で", "雨かふ"],
  },
  {
    script: "Hiragana, decomposed",
    text: "か\u3099っこう",
    found: ["が", "がっこう", "か\u3099っこう", "っこう"],
    missed: ["かっこう"],
  },
  {
    script: "Katakana",
    text: "東京タワーでコーヒー",
    found: ["タワー", "コーヒー", "ﾀﾜｰ", "東京", "京タワー", "東京タワー コーヒー"],
    missed: ["ターワ"],
  },
  {
    script: "Han and Latin",
    text: "iPhoneを2台買った",
    found: ["iphone", "2", "買った", "台買", "iPhoneを"],
    missed: ["phone", "3"],
  },
  { script: "Bopomofo", text: "ㄅㄆㄇㄈ注音", found: ["ㄆㄇ", "注音", "ㄈ注"], missed: ["ㄇㄆ"] },
  {
    script: "Thai",
    text: "ฉันไปเที่ยวทะเลกับเพื่อน",
    found: ["ทะเล", "เพื่อน", "เที่ยว", "ฉัน", "เที"],
    missed: ["ทะลา", "เพือน"],
  },
  { script: "Lao", text: "ສະບາຍດີຊາວໂລກ", found: ["ສະບາຍດີ", "ຊາວໂລກ", "ດີ"], missed: ["ໂລຊາວ"] },
  { script: "Khmer", text: "សួស្តីពិភពលោក", found: ["ពិភពលោក", "សួស្តី", "ភព"], missed: ["លោកពិ"] },
  { script: "Myanmar", text: "မြန်မာနိုင်ငံ", found: ["မြန်မာ", "နိုင်ငံ", "မာ"], missed: ["ငံမာ"] },
  { script: "Javanese", text: "ꦧꦱꦗꦮ", found: ["ꦧꦱ", "ꦗꦮ", "ꦱꦗ"], missed: ["ꦮꦗ"] },
  { script: "Yi", text: "ꆈꌠꉙ ꀋꉬ", found: ["ꆈꌠꉙ", "ꀋ"], missed: ["ꌠꉙ"] },
  { script: "Deseret", text: "𐐔𐐯𐑅𐐨𐑉𐐯𐐻", found: ["𐐔𐐯𐑅𐐨𐑉𐐯𐐻", "𐐼𐐯𐑅", "𐐔𐐇𐐝"], missed: ["𐐯𐑅𐐨"] },
  {
    script: "long words",
    text: `${"a".repeat(70)}b ${
      "ж".repeat(100)
    } Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstelle`,
    found: [
      `${"a".repeat(70)}b`,
      `${"a".repeat(70)}b ж`,
      "a".repeat(69),
      "ж".repeat(100),
      "ж".repeat(80),
      "donaudampfschifffahrtsgesellschaftskapitanswitwenrentenauszahlungsstelle",
    ],
    missed: [`${"a".repeat(70)}c`, "a".repeat(72), `${"a".repeat(69)} ж`, "ж".repeat(101)],
  },
  {
    script: "numbers",
    text: "Raum 101, 3½ Stück, x² ①②",
    found: ["101", "10", "3", "x2", "12"],
    missed: ["01"],
  },
];
