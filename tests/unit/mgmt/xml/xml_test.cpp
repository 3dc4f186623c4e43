#include "mgmt/xml/xml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace torii::xml {
namespace {

using testing::HasSubstr;

std::string error_of(std::string_view text) {
    const auto parsed = parse(text);
    return parsed ? "no error" : parsed.error().message;
}

TEST(Xml, NamesHaveTheirNamespaces) {
    const auto root = parse(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- c -->"
        "<rpc xmlns='urn:a' xmlns:b=\"urn:b\" id='1' b:id=\"2\">"
        "<get/><b:get xmlns:b='urn:c'/><none xmlns=''/></rpc>\n");
    ASSERT_TRUE(root) << root.error().message;
    EXPECT_TRUE(root->is("urn:a", "rpc"));
    EXPECT_EQ(*root->attribute("", "id"), "1");
    EXPECT_EQ(*root->attribute("urn:b", "id"), "2");
    EXPECT_EQ(root->attribute("urn:a", "id"), nullptr);
    ASSERT_EQ(root->children.size(), 3U);
    EXPECT_TRUE(root->children[0].is("urn:a", "get"));
    EXPECT_TRUE(root->children[1].is("urn:c", "get"));
    EXPECT_TRUE(root->children[2].is("", "none"));
    EXPECT_EQ(root->children[1].prefixes->at("b"), "urn:c");
    EXPECT_EQ(root->prefixes->at("b"), "urn:b");
}

TEST(Xml, TextIsWhatItMeans) {
    const auto root =
        parse("<a t='&lt;&#x41;&#20;'> &amp;&#233;<!-- no --><b/><![CDATA[<&]]>\xc3\xa9 </a>");
    ASSERT_FALSE(root);  // &#20; is a control character
    const auto good =
        parse("<a t='&lt;&#x41;'> &amp;&#233;<!-- no --><b/><![CDATA[<&]]>\xc3\xa9 </a>");
    ASSERT_TRUE(good) << good.error().message;
    EXPECT_EQ(*good->attribute("", "t"), "<A");
    EXPECT_EQ(good->text, " &\xc3\xa9<&\xc3\xa9 ");
    EXPECT_EQ(good->trimmed(), "&\xc3\xa9<&\xc3\xa9");
}

TEST(Xml, WhatIsNoDocumentIsNamedWithItsLine) {
    EXPECT_EQ(error_of("<a>\n<b></a>"), "not XML: <b> is not ended by </b> in line 2");
    EXPECT_THAT(error_of(""), HasSubstr("an element is missing"));
    EXPECT_THAT(error_of("<a/><b/>"), HasSubstr("after the end"));
    EXPECT_THAT(error_of("<a"), HasSubstr("<a does not end"));
    EXPECT_THAT(error_of("<a>"), HasSubstr("has no end"));
    EXPECT_THAT(error_of("<a b=1/>"), HasSubstr("no quotes"));
    EXPECT_THAT(error_of("<a b='1/>"), HasSubstr("has no end"));
    EXPECT_THAT(error_of("<a b='<'/>"), HasSubstr("has no end"));
    EXPECT_THAT(error_of("<a b='1'c='2'/>"), HasSubstr("a space is missing"));
    EXPECT_THAT(error_of("<a b='1' b='2'/>"), HasSubstr("b is there twice"));
    EXPECT_THAT(error_of("<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>"), HasSubstr("twice"));
    EXPECT_THAT(error_of("<p:a/>"), HasSubstr("the prefix p is not declared"));
    EXPECT_THAT(error_of("<a p:b='1'/>"), HasSubstr("the prefix p is not declared"));
    EXPECT_THAT(error_of("<a xmlns:p=''/>"), HasSubstr("declares nothing"));
    EXPECT_THAT(error_of("<a:b:c/>"), HasSubstr("is no name"));
    EXPECT_THAT(error_of("<1/>"), HasSubstr("a name is missing"));
    EXPECT_THAT(error_of("<a>&nbsp;</a>"), HasSubstr("&nbsp; is not known"));
    EXPECT_THAT(error_of("<a>&lt</a>"), HasSubstr("; is missing"));
    EXPECT_THAT(error_of("<a>&#xD800;</a>"), HasSubstr("no character"));
    EXPECT_THAT(error_of("<a>&#1114112;</a>"), HasSubstr("no character"));
    EXPECT_THAT(error_of(std::string("<a>\x01</a>")), HasSubstr("control character"));
    for (const char* bad : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
        EXPECT_THAT(error_of(std::string("<a>") + bad + "</a>"), HasSubstr("not UTF-8")) << bad;
        EXPECT_THAT(error_of(std::string("<a") + bad + "/>"), HasSubstr("not UTF-8")) << bad;
    }
}

// RFC 6241 section 3: nobody gets entities expanded here.
TEST(Xml, ADocumentTypeIsRefused) {
    EXPECT_THAT(error_of("<!DOCTYPE a [<!ENTITY e 'eeee'>]><a>&e;</a>"),
                HasSubstr("a document type is not allowed"));
    EXPECT_THAT(error_of("<a><!ENTITY e 'e'></a>"), HasSubstr("a name is missing"));
}

TEST(Xml, DepthAndNumberOfElementsHaveALimit) {
    const auto nested = [](std::size_t depth) {
        std::string text;
        for (std::size_t level = 0; level < depth; ++level) text += "<a>";
        for (std::size_t level = 0; level < depth; ++level) text += "</a>";
        return text;
    };
    EXPECT_EQ(error_of(nested(kDepthMax)), "no error");
    EXPECT_THAT(error_of(nested(kDepthMax + 1)), HasSubstr("more than 100 deep"));
    // Without a limit this would take the stack.
    EXPECT_THAT(error_of(nested(1'000'000)), HasSubstr("more than 100 deep"));
    std::string many = "<a>";
    for (std::size_t count = 0; count < kElementsMax; ++count) many += "<b/>";
    EXPECT_THAT(error_of(many + "</a>"), HasSubstr("more than 500000 elements"));
}

TEST(Xml, WhatIsEscapedReadsBack) {
    const std::string text = "<a & \"b\">'\r\n\t\xe2\x82\xac";
    const auto root = parse(fmt::format("<r a=\"{0}\">{0}</r>", escaped(text)));
    ASSERT_TRUE(root) << root.error().message;
    EXPECT_EQ(root->text, text);
    EXPECT_EQ(escaped(std::string_view("\x01\xff\0", 3)), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

}  // namespace
}  // namespace torii::xml
