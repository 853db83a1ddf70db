use super::*;

#[path = "sse_by_the_letter.rs"]
mod letter;

use letter::by_the_letter;

/// Bytes looked at and bytes moved, growth of buffers included.
#[derive(Default)]
pub(super) struct Work {
    scanned: usize,
    moved: usize,
}

impl Work {
    pub(super) fn scan(&mut self, bytes: usize) {
        self.scanned += bytes;
    }

    pub(super) fn append(&mut self, to: &Vec<u8>, bytes: usize) {
        let grows = to.capacity() - to.len() < bytes;
        self.moved += bytes + if grows { to.len() } else { 0 };
    }
}

fn feed(decoder: &mut Decoder, chunk: &[u8]) -> Result<Vec<(String, Vec<u8>)>, TooLarge> {
    decoder.feed(Bytes::copy_from_slice(chunk));
    let mut events = Vec::new();
    while let Some(block) = decoder.next() {
        let block = block?;
        events.push((block.name.unwrap_or_default().into(), block.data.to_vec()));
    }
    Ok(events)
}

fn decode<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<(String, Vec<u8>)> {
    let mut decoder = Decoder::new(None);
    chunks.into_iter().flat_map(|chunk| feed(&mut decoder, chunk).unwrap()).collect()
}

/// Each text stands for one rule or one trap.
const CORPUS: &[&[u8]] = &[
    b"",
    b"data: 1\n\n",
    b"data: 1\r\rdata: 2\r\r",
    b"data: 1\r\n\r\ndata: 2\r\n\r\n",
    b"data: 1\r\n\ndata: 2\n\r\n\rdata: 3\r\r\n",
    b"\xEF\xBB\xBFdata: bom\n\ndata: \xEF\xBB\xBFinside\n\n\xEF\xBB\xBFdata: not a field\n\n",
    b"\xEF\xBB\xBF\xEF\xBB\xBFdata: twice\n\n",
    b"\xEF\xBBdata: half a bom\n\n",
    b"data: a\ndata:b\ndata:  c\ndata\ndata:\n\n",
    b"data: a\r\ndata: b\r\n\r\ndata: c\rdata: d\r\r",
    b"data\n\n",
    b"data:\n\n",
    b"event: only\n\ndata: next\n\n",
    b"event: a\nevent: b\ndata: x\n\nevent:\ndata: y\n\n",
    b": comment\n:\n\nid: 7\nretry: 3000\n\ndata: after\n\n",
    b"id\nretry: x\ndata: 1\nid: \0\n\n",
    b"DATA: no\n data: no\ndata : no\nfoo: no\ndatax: no\ndata: yes\n\n",
    b"data: {\"a\":\"\xE2\x82\xAC \xF0\x9F\x98\x80\"}\n\n",
    b"data: line\xE2\x80\xA8separator\xC2\x85\x0B\x0C\n\n",
    b"data: bad \xFF utf8 \xC3\n\n",
    b"data: :\ndata:::\n\n",
    b"\n\n\r\r\r\n\r\n\ndata: many blanks\n\n\n\n",
    b"data: cut off",
    b"data: cut off\n",
    b"data: ok\n\nevent: x\ndata: never",
    b"data: [DONE]\n\n",
    b"event: \xE2\x82\xACv\xFF\ndata: name\n\n",
];

#[test]
fn every_split_in_two_and_in_three_equals_the_standard() {
    for text in CORPUS {
        let expected = by_the_letter(text);
        assert_eq!(decode([*text]), expected, "{:?}", text.escape_ascii());
        for first in 0..=text.len() {
            for second in first..=text.len() {
                let parts = [&text[..first], &text[first..second], &text[second..]];
                assert_eq!(decode(parts), expected, "{:?} cut at {first}, {second}", text.escape_ascii());
            }
        }
    }
}

#[test]
fn every_fixed_chunk_size_equals_the_standard() {
    let text = CORPUS.iter().flat_map(|text| [text, &b"\n\n"[..]]).flatten().copied().collect::<Vec<_>>();
    let expected = by_the_letter(&text);
    assert!(expected.len() > 25);
    for size in 1..=text.len() {
        assert_eq!(decode(text.chunks(size)), expected, "chunks of {size}");
    }
}

#[test]
fn random_texts_of_telling_bytes_equal_the_standard() {
    let mut random = fastrand::Rng::with_seed(3);
    let words: &[&[u8]] = &[
        b"data",
        b"event",
        b":",
        b" ",
        b"\n",
        b"\r",
        b"\r\n",
        b"x",
        b"\xE2\x82\xAC",
        b"\xEF\xBB\xBF",
        b"id",
    ];
    for _ in 0..20_000 {
        let text =
            (0..random.usize(..24)).flat_map(|_| random.choice(words).unwrap().to_vec()).collect::<Vec<_>>();
        let expected = by_the_letter(&text);
        let mut rest = &text[..];
        let parts = std::iter::from_fn(|| {
            let (part, after) = rest.split_at_checked(random.usize(1..6)).unwrap_or((rest, &[]));
            rest = after;
            (!part.is_empty()).then_some(part)
        });
        assert_eq!(decode(parts.collect::<Vec<_>>()), expected, "{:?}", text.escape_ascii());
    }
}

#[test]
fn work_is_linear_even_byte_by_byte() {
    let text = [b"data: ", &vec![b'x'; 1 << 20][..], b"\n\n"].concat();
    for size in [1, 7, 4096, text.len()] {
        let mut decoder = Decoder::new(None);
        let events: usize = text.chunks(size).map(|chunk| feed(&mut decoder, chunk).unwrap().len()).sum();
        assert_eq!(events, 1);
        assert!(decoder.work.scanned <= text.len(), "{size}: scanned {}", decoder.work.scanned);
        // Doubling buffers move each byte less than twice more; what lies in one chunk is not moved at all.
        let most = if size == text.len() { 0 } else { 3 * text.len() };
        assert!(decoder.work.moved <= most, "{size}: moved {}", decoder.work.moved);
    }
}

#[test]
fn many_data_lines_are_joined_in_linear_work() {
    let text = [b"data: x\n".repeat(100_000), b"\n".to_vec()].concat();
    let mut decoder = Decoder::new(None);
    assert_eq!(feed(&mut decoder, &text).unwrap()[0].1.len(), 199_999);
    assert!(decoder.work.moved <= 3 * 200_000, "moved {}", decoder.work.moved);
}

#[test]
fn an_event_within_a_chunk_is_a_slice_of_it() {
    let chunk = Bytes::from_static(b"data: abc\n\n");
    let mut decoder = Decoder::new(None);
    decoder.feed(chunk.clone());
    let data = decoder.next().unwrap().unwrap().data;
    assert_eq!(data.as_ptr(), chunk[6..].as_ptr());
}

#[test]
fn an_empty_name_is_none() {
    let mut decoder = Decoder::new(None);
    decoder.feed(Bytes::from_static(b"event: \ndata: 1\n\nevent: x\ndata: 2\n\n"));
    assert_eq!(decoder.next().unwrap().unwrap().name, None);
    assert_eq!(decoder.next().unwrap().unwrap().name.as_deref(), Some("x"));
}

#[test]
fn the_limit_holds_at_every_split_and_only_for_one_event() {
    let fits = b"data: 12345678\n\n".repeat(3);
    let joined = b"data: 1234\ndata: 12345678\n\n".to_vec();
    for (text, within) in [(fits, true), (joined, false), (b"data: 123456789".to_vec(), false)] {
        for cut in 0..=text.len() {
            let mut decoder = Decoder::new(Some(14));
            let result = [&text[..cut], &text[cut..]]
                .into_iter()
                .try_for_each(|part| feed(&mut decoder, part).map(|_| ()));
            assert_eq!(result.is_ok(), within, "{:?} cut at {cut}", text.escape_ascii());
        }
    }
}

#[test]
fn it_knows_when_it_is_in_the_middle_of_an_event() {
    for (text, middle) in
        [("data: 1\n\n", false), ("data: 1\n", true), ("da", true), ("event: x\n", true), (": ping\n", false)]
    {
        let mut decoder = Decoder::new(None);
        feed(&mut decoder, text.as_bytes()).unwrap();
        assert_eq!(decoder.mid_event(), middle, "{text:?}");
    }
}
